import { systemClock } from '../../src/clock.ts';
import { silentLogger } from '../../src/logger.ts';
import { parseManifest } from '../../src/manifest/parse-manifest.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { openTelemetry } from '../../src/telemetry/open-telemetry.ts';
import type { Adapter } from '#trigger';
import { buildGuest } from '../guests/build-guest.ts';
import { type Run, Stopwatch } from './stopwatch.ts';
import { TemporaryFolder } from './temporary-folder.ts';

export interface BrokerRun {
  readonly adapter: Adapter;
  /** Keys of the connection, as lines of TOML. */
  readonly connection: string;
  /** Keys of the trigger, as lines of TOML. */
  readonly trigger: string;
  readonly count: number;
  /** Called once the trigger is open. */
  readonly begin?: () => void;
}

const LOOK_EVERY_MS = 1;
const never = new AbortController().signal;

/** A whole runtime, on one thread, from the first event that it settles to the last. */
export async function handleFromBroker(run: BrokerRun): Promise<Run> {
  const { adapter, count, begin } = run;
  using folder = new TemporaryFolder();
  const app = parseManifest(brokerManifest(run, await buildGuest('accepts')), {
    file: folder.in('sluice.toml'),
    adapters: [adapter],
    env: {},
    readFile: () => '',
    processors: 1,
  });
  await using telemetry = await openTelemetry({ serviceName: 'bench', version: '0', log: silentLogger });
  await using runtime = await Runtime.open(
    { app, adapters: [adapter], telemetry, clock: systemClock, log: silentLogger },
    never,
  );
  const tally = runtime.supervisors[0]?.context.tally;
  await runtime.opened();
  begin?.();
  const stopwatch = new Stopwatch(count);
  while ((tally?.accepted ?? count) < count) {
    if ((tally?.accepted ?? 0) > 0) stopwatch.begin();
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  stopwatch.counted(count);
  return stopwatch.ended;
}

/** What such a run's `sluice.toml` says. */
export function brokerManifest(
  { adapter: { type }, connection, trigger }: Pick<BrokerRun, 'adapter' | 'connection' | 'trigger'>,
  source: string,
): string {
  return `[app]
name = "bench"
[state]
path = "state.db"
[connection.main]
type = "${type}"
${connection}
[component.guest]
source = "${source}"
pool = { threads = 1, instances = 1 }
[[trigger.${type}]]
connection = "main"
component = "guest"
concurrency = 2048
${trigger}`;
}
