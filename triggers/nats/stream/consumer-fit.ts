import { type Logger, SluiceError } from '#trigger';
import type { ConsumerConfig, ConsumerInfo, StreamInfo } from '@nats-io/jetstream';
import { millis } from '@nats-io/transport-node';
import { overlap } from '../messages/subject.ts';
import type { StreamOptions } from '../options/trigger-options.ts';

/** Open requests for messages at once: each is for a quarter of the window or more. */
const MOST_REQUESTS = 5;

/** JetStream writes "no limit" as 0, -1 or nothing. */
export function unlessNone(limit: number | undefined): number {
  return limit === undefined || limit <= 0 ? Infinity : limit;
}

export function filtersIn({ filter_subject: one, filter_subjects: several }: ConsumerConfig): readonly string[] {
  return several ?? (one === undefined || one === '' ? [] : [one]);
}

export function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return JSON.stringify(one.toSorted(byText)) === JSON.stringify(other.toSorted(byText));
}

function byText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/**
 * Throws SLU3305 for a durable that no trigger can use; transient for one that is only paused. Sluice takes whole messages by plain pull
 * requests, and settles each.
 */
export function refuseUnusable({ config, paused }: ConsumerInfo, stream: string, durable: string): void {
  const { deliver_subject: pushesTo, ack_policy: acks, headers_only: headersOnly } = config;
  const { priority_policy: policy = 'none', priority_groups: groups = [], pause_until: until } = config;
  const name = `durable '${durable}' of stream '${stream}'`;
  const wrong =
    pushesTo !== undefined && pushesTo !== ''
      ? 'pushes its messages; a pull consumer is needed'
      : acks !== 'explicit'
        ? `has ack policy '${acks}'; 'explicit' is needed`
        : headersOnly === true
          ? 'gives headers without data (headers_only)'
          : policy !== 'none' || groups.length > 0
            ? `gives messages only to requests of a priority group (${policy}: ${groups.join(', ')})`
            : undefined;
  if (wrong !== undefined) {
    throw new SluiceError('SLU3305', `${name} ${wrong}`, {
      fix: `give the trigger another durable, or remove this one: nats consumer rm ${stream} ${durable}`,
      state: 'the durable was not changed',
    });
  }
  if (paused !== true) return;
  throw new SluiceError('SLU3305', `${name} is paused until ${until ?? 'it is resumed'}`, {
    transient: true,
    fix: `nats consumer resume ${stream} ${durable}`,
    state: 'the durable was not changed',
  });
}

/** Throws SLU3305 if a durable's filters differ from the manifest's. If the manifest has none, the durable is used unchanged. */
export function refuseOtherFilters(
  config: ConsumerConfig,
  wanted: readonly string[],
  stream: string,
  durable: string,
): void {
  const present = filtersIn(config);
  if (wanted.length === 0 || sameSet(wanted, present)) return;
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

/** Throws SLU3305 for a filter that no subject of the stream can match. Subjects from a mirror or a transform are unknown. */
export function refuseOutside(filters: readonly string[], { config }: StreamInfo): void {
  const { name, subjects, mirror, sources, subject_transform: transform } = config;
  if (mirror !== undefined || (sources?.length ?? 0) > 0 || transform !== undefined) return;
  const outside = filters.find((filter) => !subjects.some((subject) => overlap(filter, subject)));
  if (outside === undefined) return;
  throw new SluiceError(
    'SLU3305',
    `no message can match the filter '${outside}': stream '${name}' stores ${subjects.join(', ')}`,
    {
      fix: `correct the filter, or the subjects: nats stream edit ${name} --subjects '${outside}'`,
      state: 'the durable was not changed',
    },
  );
}

/** Warns of settings with which a durable works, but differently from what the manifest suggests. */
export function warn(
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
  if (unlessNone(config.max_waiting) < MOST_REQUESTS)
    log.warn(
      { ...about, maxWaiting: config.max_waiting },
      'the durable takes too few requests at once, which makes it slow',
    );
  if (config.replay_policy === 'original')
    log.warn(about, 'the durable gives messages at the pace at which they were stored');
  if (unlessNone(config.inactive_threshold) < Infinity) {
    log.warn(
      { ...about, inactiveMs: millis(config.inactive_threshold ?? 0) },
      'the durable is deleted, and its place lost, when nothing reads it for this long',
    );
  }
}

export type Asked = Pick<StreamOptions, 'stream' | 'filters' | 'update'> & { readonly durable: string };

/** All checks above that reject, for an existing durable. */
export function refuseUnfit(info: ConsumerInfo, stream: StreamInfo, { filters, update, durable }: Asked): void {
  refuseUnusable(info, stream.config.name, durable);
  if (!update) refuseOtherFilters(info.config, filters, stream.config.name, durable);
  refuseOutside(update || filters.length > 0 ? filters : filtersIn(info.config), stream);
}
