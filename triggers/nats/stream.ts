import { type Logger, SluiceError } from '#trigger';
import { type JetStreamManager, type StreamConfig, type StreamInfo, type StreamUpdateConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { apiCode, isStreamMissing, jetStreamError } from './nats-error.ts';
import type { CreateOptions, StreamOptions } from './trigger-options.ts';

const NAME_IN_USE = 10_058;

/**
 * The stream of a trigger: the one that exists, as it is (or changed, if `update` says so), else one made by `create`. Rejects with
 * SLU3303 when there is none to be had, SLU3310 when JetStream refuses it.
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
      // Replicas that start together race for it; whoever comes second finds it there.
      return await jsm.streams.add(configOf(stream, create)).catch((thrown: unknown) => {
        if (apiCode(thrown) === NAME_IN_USE) return jsm.streams.info(stream);
        throw thrown;
      });
    }
    if (create === undefined || !update) return existing;
    return await jsm.streams.update(stream, configOf(stream, create));
  } catch (thrown) {
    throw jetStreamError('SLU3310', `stream '${stream}'`, thrown);
  }
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

/** Somebody may create it, and no restart is needed then: the trigger looks again. */
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
