import { type AdapterContext, type Logger, SluiceError } from '#trigger';
import type { ConsumerConfig, ConsumerInfo, JetStreamManager } from '@nats-io/jetstream';
import { millis, nanos } from '@nats-io/transport-node';
import { apiCode, jetStreamError } from './nats-error.ts';
import type { Start, StreamOptions } from './trigger-options.ts';

const CONSUMER_NOT_FOUND = 10_014;
const CONSUMER_EXISTS = 10_148;

/**
 * Deliveries that a new durable allows beyond the attempts: 2 for crashes in the last attempt, and 100 for deliveries that cost no attempt,
 * as those given back at shutdown do. JetStream gives up silently after the last one, so it must never be reached.
 */
const SPARE_DELIVERIES = 102;

/** Held messages are extended this many times within the wait of the consumer, but at least every 10 s. */
const EXTENSIONS_PER_WAIT = 3;
const LONGEST_EXTENSION_MS = 10_000;

/** What the trigger needs to know of its durable, as it really is. */
export interface Consumer {
  readonly stream: string;
  readonly name: string;
  /** Tells one durable from another that had its name before. */
  readonly created: string;
  /** Messages asked for plus messages held, at most. */
  readonly window: number;
  /** Limits of one request for messages; Infinity when there are none. */
  readonly maxBatch: number;
  readonly maxExpiresMs: number;
  /** A message that is held this long without a word is delivered again. */
  readonly ackWaitMs: number;
  readonly extendEveryMs: number;
  /** Infinity when JetStream never gives up. */
  readonly maxDeliver: number;
  /** All messages up to this one are settled. */
  readonly ackFloor: number;
}

/**
 * The durable of a trigger: the one that exists, as it is (or changed, if `update` says so), else a new one. Rejects with SLU3305 when it
 * can't be used, SLU3310 when JetStream refuses it.
 */
export async function ensureConsumer(
  jsm: JetStreamManager,
  options: StreamOptions,
  { name: trigger, concurrency, attempts, log }: AdapterContext,
): Promise<Consumer> {
  const { stream, durable = trigger, update } = options;
  const window = options.window ?? 2 * concurrency;
  const limits: Limits = {
    ack_wait: nanos(options.ackWaitMs),
    max_deliver: options.maxDeliver ?? attempts + SPARE_DELIVERIES,
    max_ack_pending: options.maxAckPending ?? Math.max(1000, 2 * window),
  };
  try {
    const existing = await findConsumer(jsm, stream, durable);
    if (existing === undefined) {
      log.info({ stream, durable }, 'creating a durable consumer');
      const info = await add(jsm, stream, {
        durable_name: durable,
        description: `Sluice trigger ${trigger}`,
        ack_policy: 'explicit',
        ...limits,
        ...filtersOf(options.filters),
        ...startOf(options.start),
      });
      return describe(info, window);
    }
    refuseUnusable(existing.config, stream, durable);
    if (update) {
      return describe(
        await jsm.consumers.update(stream, durable, { ...limits, ...filtersOf(options.filters) }),
        window,
      );
    }
    refuseOtherFilters(existing.config, options.filters, stream, durable);
    warn(existing.config, { stream, durable, window, attempts }, log);
    return describe(existing, window);
  } catch (thrown) {
    throw jetStreamError('SLU3310', `durable '${durable}' of stream '${stream}'`, thrown);
  }
}

/** `undefined` when the stream has none of that name. */
export async function findConsumer(
  jsm: JetStreamManager,
  stream: string,
  durable: string,
): Promise<ConsumerInfo | undefined> {
  try {
    return await jsm.consumers.info(stream, durable);
  } catch (thrown) {
    if (apiCode(thrown) === CONSUMER_NOT_FOUND) return undefined;
    throw thrown;
  }
}

type Limits = Pick<ConsumerConfig, 'ack_wait' | 'max_deliver' | 'max_ack_pending'>;

/** Replicas that start together race for it; whoever comes second finds it there. */
async function add(
  jsm: JetStreamManager,
  stream: string,
  config: Partial<ConsumerConfig> & { durable_name: string },
): Promise<ConsumerInfo> {
  try {
    return await jsm.consumers.add(stream, config);
  } catch (thrown) {
    if (apiCode(thrown) === CONSUMER_EXISTS) return jsm.consumers.info(stream, config.durable_name);
    throw thrown;
  }
}

function filtersOf(filters: readonly string[]): Pick<ConsumerConfig, 'filter_subject' | 'filter_subjects'> {
  const [only, ...others] = filters;
  if (only === undefined) return {};
  return others.length === 0 ? { filter_subject: only } : { filter_subjects: [...filters] };
}

function startOf(start: Start): Pick<ConsumerConfig, 'deliver_policy' | 'opt_start_seq' | 'opt_start_time'> {
  if (start.kind === 'sequence') return { deliver_policy: 'by_start_sequence', opt_start_seq: start.sequence };
  if (start.kind === 'time') return { deliver_policy: 'by_start_time', opt_start_time: start.time };
  return { deliver_policy: start.kind };
}

function describe({ stream_name, name, created, config, ack_floor }: ConsumerInfo, window: number): Consumer {
  // A backoff takes the place of ack_wait, delivery by delivery.
  const waits = config.backoff?.length ? config.backoff : [config.ack_wait ?? nanos(30_000)];
  const ackWaitMs = millis(Math.min(...waits));
  return {
    stream: stream_name,
    name,
    created,
    window: Math.min(window, unlessNone(config.max_ack_pending)),
    maxBatch: unlessNone(config.max_batch),
    maxExpiresMs: millis(unlessNone(config.max_expires)),
    ackWaitMs,
    extendEveryMs: Math.max(1, Math.min(LONGEST_EXTENSION_MS, Math.floor(ackWaitMs / EXTENSIONS_PER_WAIT))),
    maxDeliver: unlessNone(config.max_deliver),
    ackFloor: ack_floor.stream_seq,
  };
}

/** JetStream writes "no limit" as 0, -1 or nothing. */
function unlessNone(limit: number | undefined): number {
  return limit === undefined || limit <= 0 ? Infinity : limit;
}

function refuseUnusable(config: ConsumerConfig, stream: string, durable: string): void {
  const wrong =
    config.deliver_subject !== undefined && config.deliver_subject !== ''
      ? 'pushes its messages; a pull consumer is needed'
      : config.ack_policy !== 'explicit'
        ? `has ack policy '${config.ack_policy}'; 'explicit' is needed`
        : undefined;
  if (wrong === undefined) return;
  throw new SluiceError('SLU3305', `durable '${durable}' of stream '${stream}' ${wrong}`, {
    fix: `give the trigger another durable, or remove this one: nats consumer rm ${stream} ${durable}`,
    state: 'the durable was not changed',
  });
}

function refuseOtherFilters(config: ConsumerConfig, wanted: readonly string[], stream: string, durable: string): void {
  const present = config.filter_subjects ?? (config.filter_subject ? [config.filter_subject] : []);
  if (wanted.length === 0 || [...wanted].sort().join() === [...present].sort().join()) return;
  const shown = present.length === 0 ? 'nothing' : present.join(', ');
  throw new SluiceError(
    'SLU3305',
    `durable '${durable}' of stream '${stream}' filters ${shown}, not ${wanted.join(', ')}`,
    {
      fix: 'set update = true, or give the trigger another durable',
      state: 'the durable was not changed',
    },
  );
}

function warn(
  config: ConsumerConfig,
  { stream, durable, window, attempts }: { stream: string; durable: string; window: number; attempts: number },
  log: Logger,
): void {
  const about = { stream, durable };
  if (config.backoff?.length)
    log.warn(about, 'the durable has a backoff: it replaces ack_wait, and retries do not follow it');
  if (unlessNone(config.max_deliver) < attempts + 2) {
    log.warn(
      { ...about, maxDeliver: config.max_deliver, attempts },
      'the durable allows too few deliveries for all attempts; the last but one delivery is the last attempt',
    );
  }
  if (unlessNone(config.max_ack_pending) < window) {
    log.warn(
      { ...about, maxAckPending: config.max_ack_pending, window },
      'the durable lets fewer messages out than the window',
    );
  }
}
