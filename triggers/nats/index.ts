import type { Adapter, AdapterContext, Publisher, Trigger } from '#trigger';
import { backTo, matches, type SubjectOf } from './messages/subject.ts';
import { type ConnectionOptions, connectionOptions } from './options/connection-options.ts';
import { type OutputOptions, outputOptions } from './options/output-options.ts';
import { type StoreOptions, storeOptions } from './options/store-options.ts';
import { type CoreOptions, type StreamOptions, triggerOptions } from './options/trigger-options.ts';

// The client is loaded when something is opened: it takes 150 ms, and most manifests name other sources.
const core = {
  trigger: async () => (await import('./core/core-trigger.ts')).CoreTrigger,
  publisher: async () => (await import('./core/core-publisher.ts')).CorePublisher,
};
const stream = {
  trigger: async () => (await import('./stream/stream-trigger.ts')).StreamTrigger,
  publisher: async () => (await import('./stream/stream-publisher.ts')).StreamPublisher,
  probe: async () => (await import('./stream/open-durable.ts')).probeDurable,
};
const bucketStore = async () => (await import('./store/bucket-store.ts')).BucketStore;

/** NATS: core subjects at most once, JetStream streams at least once, and both as outputs. */
export const adapter: Adapter = {
  type: 'nats',
  summary: 'NATS: core subjects, JetStream streams, and key-value buckets.',
  connection: { schema: connectionOptions, places: (options) => placesOf(options as ConnectionOptions) }, // of the schema
  trigger: {
    schema: triggerOptions,
    destination: (options) => {
      const given = options as CoreOptions | StreamOptions; // output of the schema above
      return given.kind === 'core' ? given.subject : given.stream;
    },
    reads: (options, output) => readsOutput(options as CoreOptions | StreamOptions, output as OutputOptions), // of the schemas
    openPublisher: (options, context, signal) => openPublisher(options as CoreOptions | StreamOptions, context, signal),
    open: (options, context, signal) => openTrigger(options as CoreOptions | StreamOptions, context, signal),
    probe: (options, context, signal) => probeTrigger(options as CoreOptions | StreamOptions, context, signal),
  },
  output: {
    schema: outputOptions,
    open: (options, context, signal) => openOutput(options as OutputOptions, context, signal),
    probe: (options, context, signal) => probeOutput(options as OutputOptions, context, signal),
  },
  store: {
    schema: storeOptions,
    open: async (options, context, signal) => (await bucketStore()).open(options as StoreOptions, context, signal),
    probe: async (options, context, signal) => (await bucketStore()).probe(options as StoreOptions, context, signal),
  },
};

/** Servers, each with its user: another user may belong to another account, where the same subject is a different place. */
function placesOf({ servers, user, token, nkey, credentials, domain }: ConnectionOptions): readonly string[] {
  return servers.map((server) =>
    JSON.stringify([server.address, server.user ?? user, token, nkey, credentials, domain]),
  );
}

async function openTrigger(
  options: CoreOptions | StreamOptions,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<Trigger> {
  return options.kind === 'core'
    ? (await core.trigger()).open(options, context, signal)
    : (await stream.trigger()).open(options, context, signal);
}

async function probeTrigger(
  options: CoreOptions | StreamOptions,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<void> {
  if (options.kind === 'stream') return (await stream.probe())(options, context, signal);
  // As a member of its queue group it would receive messages and lose them.
  await using _ = await (await core.trigger()).open({ ...options, queue: undefined }, context, signal);
}

async function probeOutput(options: OutputOptions, context: AdapterContext, signal: AbortSignal): Promise<void> {
  if (options.mode === 'jetstream')
    return (await stream.publisher()).probe({ stream: options.stream, create: options.create }, context, signal);
  await using _ = await openOutput(options, context, signal);
}

async function openOutput(
  { mode, subject, stream: name, create }: OutputOptions,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<Publisher> {
  const subjectOf: SubjectOf = (message) => message.subject ?? subject;
  return mode === 'core'
    ? (await core.publisher()).open(subjectOf, context, signal)
    : (await stream.publisher()).open({ subjectOf, stream: name, create }, context, signal);
}

/** A message goes back only to a subject that the trigger reads: one of its filters or, without filters, of its stream. */
async function openPublisher(
  options: CoreOptions | StreamOptions,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<Publisher> {
  if (options.kind === 'core') return (await core.publisher()).open(backTo([options.subject]), context, signal);
  const { stream: name, create, filters } = options;
  const into = filters.length === 0 ? {} : { subjectOf: backTo(filters) };
  return (await stream.publisher()).open({ ...into, stream: name, create }, context, signal);
}

/** The subjects of an existing stream are unknown here, unless the output names the stream. */
function readsOutput(options: CoreOptions | StreamOptions, { subject, stream }: OutputOptions): boolean {
  if (options.kind === 'core') return matches(options.subject, subject);
  const { stream: read, filters, create } = options;
  const isStored = stream === read || (create?.subjects ?? []).some((pattern) => matches(pattern, subject));
  return filters.length === 0 ? isStored : filters.some((pattern) => matches(pattern, subject));
}
