import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { App } from '../../manifest/app.ts';
import { read } from '../../manifest/testing/read-manifest.ts';
import { mountsIn, mountOf } from './mounts.ts';
import { overlaps } from './overlaps.ts';

/** An app in a folder of its own; `files` are made there, those that end in `/` as folders. */
function appWith(t: TestContext, toml: string, files: readonly string[] = []): App {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-grants-')));
  t.after(() => rmSync(dir, { recursive: true }));
  for (const name of ['data/', 'other/', 'build/one.wasm', ...files]) {
    mkdirSync(join(dir, name.endsWith('/') ? name : dirname(name)), { recursive: true });
    if (!name.endsWith('/')) writeFileSync(join(dir, name), '');
  }
  const file = join(dir, 'app', '..', 'sluice.toml');
  return read(toml.replaceAll('DIR', dir), { file, readFile: () => 'secret' });
}

const one = (files: string, more = ''): string =>
  `[component.one]\nsource = "build/one.wasm"\nallow.files = { ${files} }\n${more}`;

function complaintsOf(app: App): readonly string[] {
  return overlaps(app).map(({ code, message }) => `${code} ${message.replaceAll(app.dir, 'DIR')}`);
}

const BUILT = 'build = { command = "make", watch = ["src/**/*.ts", "{a,b}.txt"] }';

const refused: Readonly<Record<string, readonly [toml: string, what: RegExp]>> = {
  'the folder of the manifest, even to read': [one('"/w" = "."'), /holds the manifest \(DIR\/sluice\.toml\)/],
  'the folder of the manifest, to write': [one('"/w" = ".:rw"'), /holds the manifest/],
  'a folder above it': [one('"/w" = "..:rw"'), /holds the manifest/],
  'the root': [one('"/w" = "/"'), /kernel|holds the manifest/],
  'the state file, even to read': [one('"/w" = "data"', '[state]\npath = "data/state.db"'), /holds the state file/],
  'the state file by a link to it': [one('"/w" = "data:rw"', '[state]\npath = "data/link"'), /holds the state file/],
  'the cache': [one('"/w" = "data:rw"', '[cache]\ndir = "data/cache"'), /holds the cache/],
  'a folder in the cache': [one('"/w" = "data/in:rw"', '[cache]\ndir = "data"'), /lies in the cache/],
  'the source of a component': [one('"/w" = "build:rw"'), /holds the source of component 'one'/],
  'the source of another one': [
    one('"/w" = "data:rw"', '[component.two]\nsource = "data/two.wasm"'),
    /holds the source of component 'two'/,
  ],
  'a watched folder': [one('"/w" = "src:rw"', BUILT), /holds a build input of component 'one'/],
  'a folder in a watched one': [one('"/w" = "src/deep:rw"', BUILT), /lies in a build input of component 'one'/],
  'what is built from, where nothing is watched': [
    one('"/w" = "lib/x:rw"', 'build = { command = "make", dir = "lib" }'),
    /lies in a build input of component 'one'/,
  ],
  'installed packages': [one('"/w" = "node_modules/x:rw"'), /lies in installed packages/],
  'a file with a secret': [one('"/w" = "data"', 'config.key = "${file:data/key}"'), /holds a file with a secret/],
  'a certificate': [
    one('"/w" = "data"', '[connection.main]\ntype = "nats"\nservers = ["a:1"]\npassword = "DIR/data/key"'),
    /holds a file of a connection/,
  ],
  'the installation': [one(`"/w" = "${join(import.meta.dirname, '..')}:rw"`), /lies in the installation of Sluice/],
  '/proc': [one('"/w" = "/proc/self"'), /kernel|folder of the system/],
  '/sys': [one('"/w" = "/sys"'), /kernel|folder of the system/],
  '/dev': [one('"/w" = "/dev/shm"'), /kernel|folder of the system/],
  'a folder in another one': [
    one('"/a" = "data:rw", "/b" = "data/b:rw"'),
    /files\."\/b": the folder DIR\/data\/b overlaps with component\.one\.allow\.files\."\/a"/,
  ],
  'a folder in another one, one of them to read': [one('"/a" = "data", "/b" = "data/b:rw"'), /overlaps with/],
  'one folder twice': [one('"/a" = "data", "/b" = "data:rw"'), /overlaps with/],
  "a folder in another component's": [
    one('"/a" = "data:rw"', '[component.two]\nsource = "build/one.wasm"\nallow.files."/b" = "data/b"'),
    /two\.allow\.files\."\/b".* overlaps with component\.one/,
  ],
  "a folder by a link in another component's": [
    one('"/a" = "data:rw"', '[component.two]\nsource = "build/one.wasm"\nallow.files."/b" = "data/out"'),
    /two\.allow\.files\."\/b".* overlaps with component\.one/,
  ],
};

for (const [what, [toml, message]] of Object.entries(refused)) {
  test(
    `a grant is refused that reaches ${what}`,
    { skip: process.platform === 'win32' && 'these are paths of other systems than Windows' },
    (t) => {
      const app = appWith(t, toml, ['data/key', 'src/deep/', 'lib/x/', 'node_modules/x/', 'data/b/', 'state.db']);
      symlinkSync('../state.db', join(app.dir, 'data', 'link'));
      symlinkSync('../other', join(app.dir, 'data', 'out'));
      const complaints = complaintsOf(app);
      assert.equal(complaints.length, 1, complaints.join('\n'));
      assert.match(complaints[0] ?? '', /^SLU1209 component\./);
      assert.match(complaints[0] ?? '', message);
    },
  );
}

test(
  'a grant is refused that reaches the compiled code of Sluice',
  { skip: process.platform === 'win32' && 'these are paths of other systems than Windows' },
  (t) => {
    const app = appWith(t, one('"/a" = "data:rw"'));
    enableCompileCache(join(app.dir, 'data', 'compiled'));
    assert.match(complaintsOf(app).join('\n'), /^SLU1209 component\..*holds the compiled code of Sluice/);
  },
);

const allowed: Readonly<Record<string, string>> = {
  'a folder beside everything else': one('"/a" = "data:rw", "/b" = "other"'),
  'sources and installed packages, to read': one('"/a" = "src", "/b" = "build", "/c" = "node_modules"', BUILT),
  'a folder that is not watched, beside those that are': one('"/a" = "data:rw"', BUILT),
  'folders in one another, to read': one('"/a" = "data", "/b" = "data/b"'),
  'one folder, for two components': one(
    '"/a" = "data:rw"',
    '[component.two]\nsource = "build/one.wasm"\nallow.files."/b" = "data:rw"',
  ),
  'a folder whose name begins like another': one('"/a" = "data:rw", "/b" = "data-2:rw"'),
  'a folder that is not there yet': one('"/a" = "none/yet:rw"'),
};

for (const [what, toml] of Object.entries(allowed)) {
  test(`a grant may be ${what}`, (t) => {
    assert.deepEqual(complaintsOf(appWith(t, toml, ['src/', 'node_modules/', 'data/b/', 'data-2/'])), []);
  });
}

test('grants are told apart by where they lead, not by how they are written', (t) => {
  const app = appWith(t, one('"/a" = "link:rw", "/b" = "other/../data/./b:rw"'), ['data/b/']);
  symlinkSync('data', join(app.dir, 'link'));
  assert.match(complaintsOf(app).join(), /"\/b".* overlaps with component\.one\.allow\.files\."\/a"/);
});

test('a bind mount is known as what it shows', () => {
  const all = mountsIn(
    [
      '21 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw',
      '22 21 0:5 / /proc rw - proc proc rw',
      '23 21 8:1 /srv/app /mnt/a\\040b rw shared:1 - ext4 /dev/sda1 rw',
    ].join('\n'),
  );
  assert.deepEqual(mountOf('/mnt/a b/data', all), { device: '8:1', root: '/srv/app', point: '/mnt/a b', type: 'ext4' });
  assert.equal(mountOf('/proc/self', all)?.type, 'proc');
  assert.equal(mountOf('/process', all)?.point, '/');
});

test('a second name of a file (a hard link) is not seen, as security.md says', (t) => {
  const app = appWith(t, one('"/a" = "data:rw"'), ['state.db']);
  linkSync(join(app.dir, 'state.db'), join(app.dir, 'data', 'second'));
  assert.deepEqual(complaintsOf(app), []);
});
