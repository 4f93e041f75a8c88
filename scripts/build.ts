import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * Builds what is published: JavaScript and declarations, since Node refuses to strip types below node_modules. Into the `dist` of the
 * checkout, or of the folder that is given: `node scripts/build.ts FOLDER`.
 *
 * `dist` gets a package.json of its own, so that `#trigger` and the package's own name lead to the build and not to the sources. It goes by
 * the package's name and dependencies: code finds its version there. The adapters of WASI preview 1 are copied, since the package that has
 * them (with its licence) is a large one that only development needs.
 */
const root = join(import.meta.dirname, '..');
const out = resolve(process.argv[2] ?? root);
const dist = join(out, 'dist');

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly imports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
}

// npm reads the same file, and refuses one without these.
const published = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageJson;

rmSync(dist, { recursive: true, force: true });
execFileSync(
  join(root, 'node_modules', '.bin', 'tsc'),
  ['--project', join(root, 'tsconfig.build.json'), '--outDir', dist],
  {
    stdio: 'inherit',
  },
);

const { name, version, imports, dependencies, bin } = published;
const built = Object.entries(imports).map(([alias, source]) => [alias, source.replace(/\.ts$/, '.js')] as const);
const own = {
  name,
  version,
  type: 'module',
  imports: Object.fromEntries(built),
  exports: { './package.json': './package.json' },
  dependencies,
};
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(own, undefined, 2)}\n`);

const jco = join(root, 'node_modules', '@bytecodealliance', 'jco');
const adapters = join(dist, 'adapters');
mkdirSync(adapters);
for (const kind of ['command', 'reactor']) {
  const file = `wasi_snapshot_preview1.${kind}.wasm`;
  copyFileSync(join(jco, 'lib', file), join(adapters, file));
}
copyFileSync(join(root, 'node_modules', '@bytecodealliance', 'jco-transpile', 'LICENSE'), join(adapters, 'LICENSE'));
for (const command of Object.values(bin)) chmodSync(join(out, command), 0o755);
