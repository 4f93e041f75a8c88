import { enqueue } from '../../triggers/queue/enqueue.ts';
import { adapter as queue } from '../../triggers/queue/index.ts';
import type { QueueItem } from '../../triggers/queue/item.ts';
import { systemClock } from '../../src/clock.ts';
import { silentLogger } from '../../src/logger.ts';
import { parseManifest } from '../../src/manifest/parse-manifest.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { StateFile } from '../../src/state/state-file.ts';
import { openTelemetry } from '../../src/telemetry/open-telemetry.ts';
import { buildGuest } from '../guests/build-guest.ts';
import { measured, type Run } from './stopwatch.ts';
import { TemporaryFolder } from './temporary-folder.ts';

export interface QueueApp {
  /** Triggers, each with a component and a queue of its own; the items are dealt out to them. Default 1. */
  readonly triggers?: number;
  /** Path of the guest. Default: `accepts`, which sends nothing. What another sends for `out` goes to a queue of that name. */
  readonly source?: string;
  /** Keys of `[component.NAME.pool]`. Default: one thread, one instance. */
  readonly pool?: string;
}

export interface QueueRun extends QueueApp {
  readonly items: readonly QueueItem[];
}

const LOOK_EVERY_MS = 1;
const never = new AbortController().signal;

/** So many items of so many bytes; those of one lane have the same key. */
export function itemsOf(count: number, bytes: number, lanes?: number): readonly QueueItem[] {
  const data = new Uint8Array(bytes).fill(7);
  const keys = Array.from({ length: lanes ?? 0 }, (_, n) => Buffer.from(`lane-${n}`));
  return Array.from({ length: count }, (_, n) => {
    const key = keys[n % keys.length];
    return { headers: [], data, ...(key !== undefined && { key }) };
  });
}

/** A whole runtime handles and settles items that wait in embedded queues already. */
export async function handleQueued({ items, ...app }: QueueRun): Promise<Run> {
  using folder = new TemporaryFolder();
  await fill(folder, items, app);
  await using running = await open(folder, app);
  return await measured(items.length, () => running.handled(items.length));
}

/** What one of several equal parts of a long run cost, and what the process held after it, in bytes. */
export interface Part {
  readonly run: Run;
  readonly residentBytes: number;
}

/** The same for more items than may wait at once: `parts` times `items`, one after the other. */
export async function handleInParts(items: readonly QueueItem[], parts: number): Promise<readonly Part[]> {
  using folder = new TemporaryFolder();
  await using running = await open(folder, {});
  const done: Part[] = [];
  for (let part = 1; part <= parts; part += 1) {
    const filling = fill(folder, items, {});
    const run = await measured(items.length, async () => {
      await filling;
      await running.handled(part * items.length);
    });
    done.push({ run, residentBytes: process.memoryUsage.rss() });
  }
  return done;
}

interface Running extends AsyncDisposable {
  /** Resolves when so many items were handled and settled since the start. */
  handled(count: number): Promise<void>;
}

async function open(folder: TemporaryFolder, { triggers = 1, source, pool }: QueueApp): Promise<Running> {
  await using stack = new AsyncDisposableStack();
  const app = parseManifest(manifest(source ?? (await buildGuest('accepts')), triggers, pool), {
    file: folder.in('sluice.toml'),
    adapters: [queue],
    env: {},
    readFile: () => '',
    processors: 1,
  });
  const telemetry = stack.use(await openTelemetry({ serviceName: 'bench', version: '0', log: silentLogger }));
  const options = { app, adapters: [queue], telemetry, clock: systemClock, log: silentLogger };
  const runtime = stack.use(await Runtime.open(options, never));
  const owned = stack.move();
  const accepted = (): number => runtime.supervisors.reduce((sum, { context }) => sum + context.tally.accepted, 0);
  return {
    async handled(count) {
      while (accepted() < count) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function fill(folder: TemporaryFolder, items: readonly QueueItem[], { triggers = 1 }: QueueApp): Promise<void> {
  await using state = StateFile.open(folder.in('state.db'));
  for (let n = 0; n < triggers; n += 1) {
    await enqueue(
      state,
      `q${n}`,
      items.filter((_, place) => place % triggers === n),
    );
  }
}

function manifest(source: string, triggers: number, pool = 'threads = 1\ninstances = 1'): string {
  const one = (n: number): string => `
[component.c${n}]
source = "${source}"
[component.c${n}.pool]
${pool}
[[trigger.queue]]
name = "t${n}"
queue = "q${n}"
component = "c${n}"
concurrency = ${Math.ceil(2048 / triggers)}
`;
  const components = Array.from({ length: triggers }, (_, n) => one(n)).join('');
  return `[app]\nname = "bench"\n[state]\npath = "state.db"\n[output.out]\ntype = "queue"\nqueue = "out"\n${components}`;
}
