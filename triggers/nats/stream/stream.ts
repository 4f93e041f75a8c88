import { type Logger, SluiceError } from '#trigger';
import {
  jetstreamManager,
  type JetStreamManager,
  type StreamConfig,
  type StreamInfo,
  type StreamUpdateConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { Link } from '../connection/link.ts';
import { apiCode, isStreamMissing, jetStreamError, notAsSaid } from '../connection/nats-error.ts';
import type { CreateOptions, StreamOptions } from '../options/trigger-options.ts';

/** How long JetStream may take to answer a request about a stream or a durable. */
const API_TIMEOUT_MS = 3000;
const NAME_IN_USE = 10_058;

/** The manager of streams and durables, in the domain of the connection. */
export function managerOf({ nc, domain }: Link): Promise<JetStreamManager> {
  const options = domain === undefined ? {} : { domain };
  return jetstreamManager(nc, { ...options, timeout: API_TIMEOUT_MS, checkAPI: false });
}

/**
 * The stream of a trigger: the existing one, unchanged (or changed, with `update`), else a new one by `create`. Rejects with SLU3303 if there is
 * none, SLU3310 if JetStream refuses it, SLU3314 if it was changed but still differs from `create`.
 */
export async function ensureStream(
  jsm: JetStreamManager,
  { stream, create, update }: Pick<StreamOptions, 'stream' | 'create' | 'update'>,
  log: Logger,
): Promise<StreamInfo> {
  const existing = await findStream(jsm, stream);
  try {
    if (existing === undefined) {
      if (create === undefined) throw missing(stream);
      log.info({ stream, subjects: create.subjects }, 'creating a stream');
      // Replicas that start together race to create it; the second one finds it.
      return await jsm.streams.add(configOf(stream, create)).catch((thrown: unknown) => {
        if (apiCode(thrown) === NAME_IN_USE) return jsm.streams.info(stream);
        throw thrown;
      });
    }
    if (create === undefined || !update) return existing;
    return await changed(jsm, stream, create);
  } catch (thrown) {
    throw jetStreamError('SLU3310', `stream '${stream}'`, thrown);
  }
}

/** The existing stream; `undefined` if it is missing and would be created. Rejects as `ensureStream` would, and changes nothing. */
export async function probeStream(
  jsm: JetStreamManager,
  { stream, create }: Pick<StreamOptions, 'stream' | 'create'>,
): Promise<StreamInfo | undefined> {
  const existing = await findStream(jsm, stream);
  if (existing === undefined && create === undefined) throw missing(stream);
  return existing;
}

/** A stream with the settings of `create`; limits that it does not name get the defaults of a new one. Other settings stay. */
async function changed(jsm: JetStreamManager, stream: string, create: CreateOptions): Promise<StreamInfo> {
  // The client merges this into the existing settings, and the server uses its default for missing ones.
  const unlimited = { max_age: 0, max_bytes: -1, duplicate_window: undefined };
  const wanted = configOf(stream, create);
  await jsm.streams.update(stream, { ...unlimited, ...wanted } as Partial<StreamUpdateConfig>);
  const after = await jsm.streams.info(stream);
  const { duplicate_window: remembered = defaultWindow(create), ...others } = { max_age: 0, max_bytes: -1, ...wanted };
  const said = { ...others, duplicate_window: remembered, subjects: create.subjects.toSorted() };
  const { config } = after;
  const is = Object.fromEntries(Object.keys(said).map((key) => [key, config[key as keyof StreamConfig]]));
  if (Array.isArray(is['subjects'])) is['subjects'] = (is['subjects'] as string[]).toSorted();
  const same = Object.entries(said).every(([key, value]) => JSON.stringify(value) === JSON.stringify(is[key]));
  if (same) return after;
  throw notAsSaid(`stream '${stream}'`, said, is);
}

/** Of nats-server: two minutes, or max_age where that is shorter. */
function defaultWindow({ max_age: age = Infinity }: CreateOptions): number {
  return nanos(Math.min(120_000, age));
}

/** `undefined` when there is none of that name. */
export async function findStream(jsm: JetStreamManager, stream: string): Promise<StreamInfo | undefined> {
  try {
    return await jsm.streams.info(stream);
  } catch (thrown) {
    if (isStreamMissing(thrown)) return undefined;
    throw jetStreamError('SLU3310', `stream '${stream}'`, thrown);
  }
}

/** Transient: it may be created, and the trigger looks again without a restart. */
export function missing(stream: string): SluiceError {
  return new SluiceError('SLU3303', `stream '${stream}' does not exist`, {
    transient: true,
    fix: `nats stream add ${stream}, or create = { subjects = [...] } in the trigger`,
  });
}

function configOf(name: string, create: CreateOptions): Partial<StreamUpdateConfig> & Pick<StreamConfig, 'name'> {
  const { subjects, retention, storage, replicas, max_age, max_bytes, discard, duplicate_window } = create;
  const config: Partial<StreamConfig> & Pick<StreamConfig, 'name'> = {
    name,
    subjects,
    retention,
    storage,
    discard,
    num_replicas: replicas,
    ...(max_age === undefined ? {} : { max_age: nanos(max_age) }),
    ...(max_bytes === undefined ? {} : { max_bytes }),
    ...(duplicate_window === undefined ? {} : { duplicate_window: nanos(duplicate_window) }),
  };
  return config;
}
