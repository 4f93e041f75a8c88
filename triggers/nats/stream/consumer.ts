import type { AdapterContext } from '#trigger';
import type { ConsumerConfig, ConsumerInfo, JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import { millis, nanos } from '@nats-io/transport-node';
import { type Asked, filtersIn, refuseOutside, refuseUnfit, sameSet, unlessNone, warn } from './consumer-fit.ts';
import { apiCode, jetStreamError, notAsSaid } from '../connection/nats-error.ts';
import type { Start, StreamOptions } from '../options/trigger-options.ts';

const CONSUMER_NOT_FOUND = 10_014;
const CONSUMER_EXISTS = 10_148;

/**
 * Deliveries that a new durable allows beyond the attempts: 2 for crashes in the last attempt, and 100 for deliveries that cost no attempt, such as
 * those returned at shutdown. JetStream gives up silently after the last one, so it must never be reached.
 */
const SPARE_DELIVERIES = 102;

/** Held messages are extended this many times within the wait of the consumer, but at least every 10 s. */
const EXTENSIONS_PER_WAIT = 3;
const LONGEST_EXTENSION_MS = 10_000;

/** The real settings of a durable, as far as the trigger needs them. */
export interface Consumer {
  readonly stream: string;
  readonly name: string;
  /** Distinguishes the durable from an earlier one of the same name. */
  readonly created: string;
  /** The most messages that may be requested or held. */
  readonly window: number;
  /** Limits of one request for messages; Infinity: no limit. */
  readonly maxBatch: number;
  readonly maxExpiresMs: number;
  /** A message that is held this long without a sign of life is delivered again. */
  readonly ackWaitMs: number;
  readonly extendEveryMs: number;
  /** Infinity when JetStream never gives up. */
  readonly maxDeliver: number;
  /** All messages up to this one are settled. */
  readonly ackFloor: number;
}

/**
 * The durable of a trigger: the existing one, unchanged (or changed, with `update`), else a new one. Rejects with SLU3305 if it can't be used,
 * SLU3310 if JetStream refuses it, SLU3314 if it was changed but still differs from the manifest.
 */
export async function ensureConsumer(
  jsm: JetStreamManager,
  options: StreamOptions,
  stream: StreamInfo,
  context: AdapterContext,
): Promise<Consumer> {
  const { name: trigger, concurrency, attempts, log } = context;
  const asked = askedOf(options, context);
  const { durable, update } = asked;
  const { name } = stream.config;
  const window = options.window ?? 2 * concurrency;
  const wanted: Wanted = {
    ack_wait: nanos(options.ackWaitMs),
    max_deliver: options.maxDeliver ?? attempts + SPARE_DELIVERIES,
    max_ack_pending: options.maxAckPending ?? Math.max(1000, 2 * window),
    filters: options.filters,
  };
  try {
    const existing = await findConsumer(jsm, name, durable);
    if (existing === undefined) {
      refuseOutside(options.filters, stream);
      log.info({ stream: name, durable }, 'creating a durable consumer');
      const { filters, ...limits } = wanted;
      const info = await add(jsm, name, {
        durable_name: durable,
        description: `Sluice trigger ${trigger}`,
        ack_policy: 'explicit',
        ...limits,
        ...filtersOf(filters),
        ...startOf(options.start),
      });
      return describe(info, window);
    }
    refuseUnfit(existing, stream, asked);
    const info = update ? await changed(jsm, existing, wanted) : existing;
    warn(info.config, { stream: name, durable, window, attempts }, log);
    return describe(info, window);
  } catch (thrown) {
    throw jetStreamError('SLU3310', `durable '${durable}' of stream '${name}'`, thrown);
  }
}

/** Rejects as `ensureConsumer` would, and changes nothing. */
export async function probeConsumer(
  jsm: JetStreamManager,
  options: StreamOptions,
  stream: StreamInfo,
  context: Pick<AdapterContext, 'name'>,
): Promise<void> {
  const asked = askedOf(options, context);
  const { name } = stream.config;
  try {
    const existing = await findConsumer(jsm, name, asked.durable);
    if (existing === undefined) refuseOutside(options.filters, stream);
    else refuseUnfit(existing, stream, asked);
  } catch (thrown) {
    throw jetStreamError('SLU3310', `durable '${asked.durable}' of stream '${name}'`, thrown);
  }
}

function askedOf({ durable, ...options }: StreamOptions, { name }: Pick<AdapterContext, 'name'>): Asked {
  return { ...options, durable: durable ?? name };
}

/** The settings of a durable that the manifest has. */
interface Wanted extends Pick<ConsumerConfig, 'ack_wait' | 'max_deliver' | 'max_ack_pending'> {
  readonly filters: readonly string[];
}

/**
 * A durable with the manifest's settings, or the defaults of a new one. A backoff is removed, since it would replace `ack_wait`; other settings
 * stay.
 */
async function changed(
  jsm: JetStreamManager,
  { stream_name: stream, name, config: before }: ConsumerInfo,
  { filters, ...limits }: Wanted,
): Promise<ConsumerInfo> {
  // The client merges this into the existing settings: a setting to remove must be present as undefined.
  const gone = { backoff: undefined, filter_subject: undefined, filter_subjects: undefined };
  if (before.backoff?.length || !isAs(before, { filters, ...limits }))
    await jsm.consumers.update(stream, name, { ...gone, ...limits, ...filtersOf(filters) } as object);
  const after = await jsm.consumers.info(stream, name);
  if (isAs(after.config, { filters, ...limits })) return after;
  const is = { filters: filtersIn(after.config), ...pick(after.config, limits) };
  throw notAsSaid(`durable '${name}' of stream '${stream}'`, { filters, ...limits }, is);
}

function isAs(config: ConsumerConfig, { filters, ...limits }: Wanted): boolean {
  return sameSet(filtersIn(config), filters) && JSON.stringify(pick(config, limits)) === JSON.stringify(limits);
}

/** The same keys of another object, in the same order. */
function pick<T extends object>(from: T, keys: Partial<T>): Partial<T> {
  return Object.fromEntries(Object.keys(keys).map((key) => [key, from[key as keyof T]])) as Partial<T>; // keys of T
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

/** Replicas that start together race to create it; the second one finds it. */
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
  // A backoff replaces ack_wait for each delivery.
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
