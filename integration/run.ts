import { once } from 'node:events';
import { globSync, statSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { KafkaServer, SHARED_KAFKA } from './brokers/kafka.ts';
import { RUN_FOLDER } from './built-package.ts';
import { NatsServer } from './brokers/nats.ts';

/** Files at a time, since most of their time is waiting. */
const CONCURRENCY = 4;
/** In the short form nothing takes as long: what does hangs, and is named rather than waited for. */
const TEST_LIMIT_MS = 600_000;
const RUN_LIMIT_MS = 45 * 60_000;

const limits =
  process.env['SLUICE_LONG'] === undefined
    ? { timeout: TEST_LIMIT_MS, signal: AbortSignal.timeout(RUN_LIMIT_MS) }
    : undefined;

/**
 * Alphabetical, but files of each kind spread evenly over the run: those of one kind keep the same thing busy, a processor or a broker's
 * timers.
 */
function spread(files: readonly string[]): string[] {
  const kinds = Object.values(Object.groupBy(files, (file) => /kafka|nats/.exec(file)?.[0] ?? 'other'));
  const placed = kinds.flatMap((kind = []) => kind.map((file, n) => ({ file, at: (n + 0.5) / kind.length })));
  return placed.toSorted((one, other) => one.at - other.at).map(({ file }) => file);
}

const root = join(import.meta.dirname, '..');

/** What builds and runs leave behind, and what other tests would read while it is written: no test may make any of it in the checkout. */
function leftovers(): ReadonlyMap<string, number> {
  const files = globSync(['dist/**', 'examples/**/*.wasm', '**/.sluice/**', '*.tgz'], {
    cwd: root,
    exclude: (path) => /(?:^|\/)(?:node_modules|\.cache|\.git)$/.test(path),
  });
  return new Map(files.map((file) => [file, statSync(join(root, file)).mtimeMs]));
}

const before = leftovers();
await using folder = await mkdtempDisposable(join(tmpdir(), 'sluice-run-'));
process.env[RUN_FOLDER] = folder.path;

// Before the tests, of which many would want it at once: whatever brokers need is there when they have run.
await (await NatsServer.start())[Symbol.asyncDispose]();
await using kafka = await KafkaServer.start();
// The one that all share who do it no harm.
process.env[SHARED_KAFKA] = kafka.bootstrap.split(':')[1];

const patterns = process.argv.slice(2);
const files = spread(globSync(patterns.length > 0 ? patterns : ['integration/**/*.test.ts']).toSorted());
const tests = run({ files, concurrency: CONCURRENCY, ...limits });
tests.on('test:summary', ({ file, success }) => {
  if (file === undefined && !success) process.exitCode = 1;
});
tests.compose(spec).pipe(process.stdout);
await once(tests, 'end');

const changed = [...leftovers()].filter(([file, mtimeMs]) => before.get(file) !== mtimeMs).map(([file]) => file);
if (changed.length > 0) {
  console.error(`tests have written into the checkout, where others read: ${changed.slice(0, 10).join(', ')}`);
  process.exitCode = 1;
}
