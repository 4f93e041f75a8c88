import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeadLetterStore, type StoredLetter } from '../../src/dispatch/dead-letters/dead-letter-store.ts';
import { StateFile } from '../../src/state/state-file.ts';
import { type Item, itemsOf } from '../queue-items.ts';
import { seededRandom } from '../seeded-random.ts';
import { TemporaryApp } from '../temporary-app.ts';
import { FAR } from './far.ts';
import { Load } from './load.ts';

/** One time in so many, Sluice is killed while it starts. */
const EARLY = 5;
const LONGEST_START_MS = 1000;
const LONGEST_LIFE_MS = 700;
const ATTEMPTS = 5;

const toml = `
  component.choose.limits = { timeout = "200ms", memory = "4MiB" }
  component.choose.pool = { threads = 2, instances = 4 }
  [[trigger.queue]]
  name = "in"
  queue = "in"
  component = "choose"
  concurrency = 32
  retry = { attempts = ${ATTEMPTS}, first = "5ms", max = "40ms" }
  [[trigger.queue]]
  name = "lanes"
  queue = "lanes"
  component = "choose"
  concurrency = 32
  retry = { attempts = ${ATTEMPTS}, first = "5ms", max = "40ms" }
  [output.out]
  type = "queue"
  queue = "out"
  dedup = "0s"
  [output.far]
  type = "./far.ts"
  path = "far.db"`;

/** What is there when all is over. */
export interface Aftermath {
  /** Ids of the events whose publishing was confirmed. */
  readonly published: ReadonlySet<string>;
  /** What was published to the queue in the same file, in order. */
  readonly out: readonly Item[];
  /** What was published to the other file. */
  readonly far: readonly Item[];
  readonly letters: readonly StoredLetter[];
  /** Events that are still somewhere in the source queues. */
  readonly left: readonly Item[];
  /** Events that were leased when Sluice was killed, over all kills. */
  readonly interrupted: number;
  /** SQLite's own opinion of both files. */
  readonly integrity: readonly string[];
}

/** Runs `sluice up` under load, kills it `kills` times at moments drawn from `seed`, and lets it finish what is left. */
export async function crashRun(kills: number, seed: number): Promise<Aftermath> {
  await using stack = new AsyncDisposableStack();
  const app = stack.use(await TemporaryApp.create({ guests: ['choose'], toml }));
  app.write('far.ts', `export { adapter } from ${JSON.stringify(join(import.meta.dirname, 'far.ts'))};`);
  const state = stack.use(app.openState());
  const far = stack.use(StateFile.open(join(app.dir, 'far.db')));
  const random = seededRandom(seed);
  let interrupted = 0;
  const load = new Load(state, seededRandom(seed + 1));
  {
    await using _load = load;
    for (let n = 0; n < kills; n += 1) {
      await liveAndDie(app, random);
      interrupted += ['in', 'lanes'].flatMap((queue) => heldOf(state, queue)).length;
    }
  }
  const { code, stderr } = await app.run(['up', '--until-idle', '500ms']);
  if (code !== 0) throw new Error(`the last run ended with ${code}:\n${stderr}`);
  return {
    published: load.confirmed,
    out: itemsOf(state, 'out'),
    far: itemsOf(far, FAR),
    letters: new DeadLetterStore(state, () => 0).list(Number.MAX_SAFE_INTEGER),
    left: ['in', 'lanes'].flatMap((queue) => itemsOf(state, queue)),
    interrupted,
    integrity: [state, far].map((file) =>
      file.read((db) => String(db.prepare('PRAGMA integrity_check').get()?.['integrity_check'])),
    ),
  };
}

async function liveAndDie(app: TemporaryApp, random: () => number): Promise<void> {
  await using sluice = app.start(['up']);
  const early = random() < 1 / EARLY;
  if (!early) await sluice.says(/ready in/);
  await sleep(random() * (early ? LONGEST_START_MS : LONGEST_LIFE_MS));
  sluice.kill('SIGKILL');
  const { code, stderr } = await sluice.ended();
  if (code !== null) throw new Error(`sluice ended by itself, with ${code}:\n${stderr}`);
}

function heldOf(state: StateFile, queue: string): readonly Item[] {
  return itemsOf(state, queue).filter(({ place }) => place === 'held');
}
