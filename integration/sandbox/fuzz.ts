import { openSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provides } from '../../src/capability/capabilities.ts';
import { loadComponent } from '../../src/component/load-component.ts';
import { contracts } from '../../src/contract/contracts.ts';
import { silentLogger } from '../../src/logger.ts';
import { noGrants, openPool } from '../../src/pool/testing/guest-pool.ts';
import { run, ToldCall } from '../../src/pool/testing/told-call.ts';
import { seededRandom } from '../seeded-random.ts';
import { buildCaller, CALL_BYTES } from './caller.ts';

// The entry of a process: `node fuzz.ts SEED EVENTS`. A guest that imports everything calls each function with numbers that no honest guest
// gives. Ends with exit code 0 when each call has ended, and honest events beside them were served.

const MIB = 2 ** 20;
const MOST_MIB = 900;
/** A function that waits is not waited for. */
const TIMEOUT_MS = 300;

const numbers = [
  0n,
  1n,
  2n,
  3n,
  4n,
  5n,
  7n,
  8n,
  255n,
  2048n,
  4096n,
  4097n,
  65_535n,
  65_536n,
  131_072n,
  1_000_000n,
  4_194_304n,
];
const extremes = [
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
  0x7ff8_0000_0000_0000n,
];

const [seed = 0, events = 100] = process.argv.slice(2).map(Number);
const random = seededRandom(seed);
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

const { component: source, functions } = await buildCaller();
const folder = mkdtempSync(join(tmpdir(), 'sluice-fuzz-'));
const cacheDir = join(import.meta.dirname, '..', '..', '.cache', 'components');
const options = { name: 'caller', source, contracts, provides, cacheDir, memoryBytes: 64 * MIB, log: silentLogger };
const component = await loadComponent(options, new AbortController().signal);
const grants = {
  ...noGrants,
  keyvalue: ['default'],
  env: { A: 'b' },
  config: { a: 'b' },
  files: { '/data': { host: folder, readonly: false, fd: openSync(folder, 'r') } },
};

/** Begins with what most functions need: each maker of handles is called first, where its place in the list is early. */
function program(): Buffer {
  const calls = 1 + Math.floor(random() * 4);
  const bytes = Buffer.alloc(1 + calls * CALL_BYTES, 'h');
  for (let n = 0; n < calls; n++) {
    const at = 1 + n * CALL_BYTES;
    bytes[at] = random() < 0.5 ? pick(makers) : Math.floor(random() * functions.length);
    for (let arg = at + 1; arg < at + CALL_BYTES; arg += 8) {
      bytes.writeBigUInt64LE(random() < 0.8 ? pick(numbers) : pick(extremes), arg);
    }
  }
  return bytes;
}

const makers = functions.flatMap((name, n) => (/get-|subscribe|constructor|open|new|instance-/.test(name) ? [n] : []));

await using pool = await openPool(component, { grants, instances: 4 });
const kinds: Record<string, number> = {};
for (let n = 0; n < events; n++) {
  const call = new ToldCall('hostile', { timeoutMs: TIMEOUT_MS, event: { data: program() } });
  pool.submit(call);
  const { kind } = await call.outcome;
  kinds[kind] = (kinds[kind] ?? 0) + 1;
  if (kind === 'cancelled') throw new Error('a call was cancelled');
  if (n % 10 !== 0) continue;
  const well = await run(pool, 'well', { timeoutMs: 60_000 });
  if (well.kind !== 'completed') throw new Error(`after ${n} events, an honest one ${JSON.stringify(well)}`);
  const { rss } = process.memoryUsage();
  if (rss > MOST_MIB * MIB) throw new Error(`after ${n} events, the process holds ${Math.round(rss / MIB)} MiB`);
}
rmSync(folder, { recursive: true });
console.log(JSON.stringify({ functions: functions.length, ...kinds }));
