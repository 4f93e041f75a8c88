import { adapter as queue, enqueue, type QueueItem } from '../../triggers/queue/index.ts';
import { systemClock } from '../../src/clock.ts';
import { silentLogger } from '../../src/logger.ts';
import { parseManifest } from '../../src/manifest/parse-manifest.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { StateFile } from '../../src/state/state-file.ts';
import { openTelemetry } from '../../src/telemetry/open-telemetry.ts';
import { buildGuest } from '../guests/build-guest.ts';
import { TemporaryFolder } from './temporary-folder.ts';

export interface QueueRun {
  readonly items: readonly QueueItem[];
  /** Triggers, each with a component and a queue of its own; the items are dealt out to them. Default 1. */
  readonly triggers?: number;
}

const LOOK_EVERY_MS = 1;
const never = new AbortController().signal;

/** Milliseconds that a whole runtime takes to handle and settle items that wait in embedded queues, on one thread a component. */
export async function handleQueued({ items, triggers = 1 }: QueueRun): Promise<number> {
  using folder = new TemporaryFolder();
  await fill(folder.in('state.db'), items, triggers);
  const app = parseManifest(manifest(await buildGuest('accepts'), triggers), {
    file: folder.in('sluice.toml'),
    adapters: [queue],
    env: {},
    readFile: () => '',
    processors: 1,
  });
  await using telemetry = await openTelemetry({ serviceName: 'bench', version: '0', log: silentLogger });
  await using runtime = await Runtime.open(
    { app, adapters: [queue], telemetry, clock: systemClock, log: silentLogger },
    never,
  );
  const start = performance.now();
  const handled = (): number => runtime.supervisors.reduce((sum, { route }) => sum + route.tally.accepted, 0);
  while (handled() < items.length) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  return performance.now() - start;
}

async function fill(path: string, items: readonly QueueItem[], triggers: number): Promise<void> {
  await using state = StateFile.open(path);
  for (let n = 0; n < triggers; n += 1) {
    await enqueue(
      state,
      `q${n}`,
      items.filter((_, place) => place % triggers === n),
    );
  }
}

function manifest(source: string, triggers: number): string {
  const one = (n: number): string => `
[component.c${n}]
source = "${source}"
pool = { threads = 1, instances = 1 }
[[trigger.queue]]
name = "t${n}"
queue = "q${n}"
component = "c${n}"
concurrency = ${Math.ceil(2048 / triggers)}
`;
  return `[app]\nname = "bench"\n[state]\npath = "state.db"\n${Array.from({ length: triggers }, (_, n) => one(n)).join('')}`;
}
