import { adapter as nats } from '../../triggers/nats/index.ts';
import { systemClock } from '../../src/clock.ts';
import { silentLogger } from '../../src/logger.ts';
import { parseManifest } from '../../src/manifest/parse-manifest.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { openTelemetry } from '../../src/telemetry/open-telemetry.ts';
import { buildGuest } from '../guests/build-guest.ts';
import { TemporaryFolder } from './temporary-folder.ts';

export interface NatsRun {
  readonly address: string;
  /** Keys of the trigger, as lines of TOML. */
  readonly trigger: string;
  readonly count: number;
  /** Called once the trigger is open. */
  readonly begin: () => void;
}

const LOOK_EVERY_MS = 1;
const never = new AbortController().signal;

/** Milliseconds that a whole runtime takes, on one thread, from the first event that it settles to the last. */
export async function handleFromNats({ address, trigger, count, begin }: NatsRun): Promise<number> {
  using folder = new TemporaryFolder();
  const app = parseManifest(manifest(address, await buildGuest('accepts'), trigger), {
    file: folder.in('sluice.toml'),
    adapters: [nats],
    env: {},
    readFile: () => '',
    processors: 1,
  });
  await using telemetry = await openTelemetry({ serviceName: 'bench', version: '0', log: silentLogger });
  await using runtime = await Runtime.open(
    { app, adapters: [nats], telemetry, clock: systemClock, log: silentLogger },
    never,
  );
  const tally = runtime.supervisors[0]?.route.tally;
  await runtime.opened();
  begin();
  let start = 0;
  while ((tally?.accepted ?? count) < count) {
    if (start === 0 && (tally?.accepted ?? 0) > 0) start = performance.now();
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return performance.now() - start;
}

function manifest(address: string, source: string, trigger: string): string {
  return `[app]
name = "bench"
[state]
path = "state.db"
[connection.main]
type = "nats"
servers = "${address}"
[component.guest]
source = "${source}"
pool = { threads = 1, instances = 1 }
[[trigger.nats]]
connection = "main"
component = "guest"
concurrency = 2048
${trigger}`;
}
