import { type AdapterContext, type Logger, SluiceError } from '#trigger';
import type { JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import { Link } from '../connection/link.ts';
import type { StreamOptions } from '../options/trigger-options.ts';
import { type Consumer, ensureConsumer, probeConsumer } from './consumer.ts';
import { ReleaseLedger } from './release-ledger.ts';
import { ensureStream, managerOf, probeStream } from './stream.ts';

/** Everything that a trigger on a durable needs, connected and checked. */
export interface OpenDurable {
  /** The trigger closes it. */
  readonly link: Link;
  readonly jsm: JetStreamManager;
  /** `$JS.API`, or the prefix of a domain. */
  readonly api: string;
  /** When the stream was made. */
  readonly made: string;
  readonly consumer: Consumer;
  readonly ledger: ReleaseLedger;
}

/**
 * Connects, and finds or creates the stream and the durable. Rejects with SLU3301 to SLU3305, SLU3307, SLU3310, SLU3313 or SLU3314, and then leaves
 * nothing open.
 */
export async function openDurable(
  options: StreamOptions,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<OpenDurable> {
  await using opening = new AsyncDisposableStack();
  const link = opening.use(await Link.open(context, signal));
  refuseOldServer(link.nc.info?.version ?? '');
  const { domain } = link;
  const api = domain === undefined ? '$JS.API' : `$JS.${domain}.API`;
  const jsm = await managerOf(link);
  const info = await ensureStream(jsm, options, context.log);
  tellDurability(info, context.log);
  const consumer = await ensureConsumer(jsm, options, info, context);
  const ledger = await ReleaseLedger.open(context.state, consumer);
  signal.throwIfAborted();
  opening.move();
  return { link, jsm, api, made: madeOf(info), consumer, ledger };
}

/** Rejects as `openDurable` would, as far as it can find out without creating or changing anything. */
export async function probeDurable(
  options: StreamOptions,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<void> {
  await using link = await Link.open(context, signal);
  refuseOldServer(link.nc.info?.version ?? '');
  const jsm = await managerOf(link);
  const stream = await probeStream(jsm, options);
  if (stream !== undefined) await probeConsumer(jsm, options, stream, context);
}

/** JetStream of 2.9 and older delivers and filters in other ways, and is not maintained any more. */
const OLDEST = { major: 2, minor: 10 } as const;

/** Throws SLU3313 for a nats-server that is too old for a JetStream trigger. `version` is the server's own, from its INFO. */
export function refuseOldServer(version: string): void {
  const [major = NaN, minor = NaN] = version.split('.').map(Number);
  const old = major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor);
  if (!old) return;
  throw new SluiceError(
    'SLU3313',
    `this is nats-server ${version}; JetStream triggers need ${OLDEST.major}.${OLDEST.minor} or newer`,
    {
      fix: 'update nats-server',
      state: 'the stream and its durable were not touched',
    },
  );
}

/**
 * When the stream was made. A stream of the same name in another account, even a mirror, has messages with the same numbers and times, and
 * their dead letters may end up in one store.
 */
function madeOf({ created }: StreamInfo): string {
  return Date.parse(created).toString(36);
}

/** Logs how durable an acknowledged publish is. A server's `sync_interval` can't be queried. */
function tellDurability({ config }: StreamInfo, log: Logger): void {
  const about = { stream: config.name };
  if (config.storage === 'memory') log.warn(about, 'the stream is kept in memory: it is lost when its servers restart');
  else if (config.num_replicas === 1) {
    log.info(
      about,
      'the stream has one replica: unless its server syncs always, a power cut can cost the last two minutes',
    );
  }
}
