import type { Adapter, AdapterContext, Publisher, Trigger } from '#trigger';
import { connectionOptions } from './connection-options.ts';
import { CoreTrigger } from './core-trigger.ts';
import { CorePublisher } from './core-publisher.ts';
import { literalSubject, type OutputOptions, outputOptions } from './output-options.ts';
import { subjectOf } from './message-event.ts';
import type { SubjectOf } from './outgoing.ts';
import { StreamPublisher } from './stream-publisher.ts';
import { StreamTrigger } from './stream-trigger.ts';
import { type CoreOptions, type StreamOptions, triggerOptions } from './trigger-options.ts';

/** NATS: core subjects at most once, JetStream streams at least once, and both as outputs. */
export const adapter: Adapter = {
  type: 'nats',
  summary: 'NATS: core subjects and JetStream streams.',
  connection: { schema: connectionOptions },
  trigger: {
    schema: triggerOptions,
    destination: (options) => {
      const given = options as CoreOptions | StreamOptions; // output of the schema above
      return given.kind === 'core' ? given.subject : given.stream;
    },
    source: (options, context, signal) => openSource(options as CoreOptions | StreamOptions, context, signal),
    open: (options, context, signal) => openTrigger(options as CoreOptions | StreamOptions, context, signal),
  },
  output: {
    schema: outputOptions,
    open: (options, context, signal) => openOutput(options as OutputOptions, context, signal),
  },
};

function openTrigger(
  options: CoreOptions | StreamOptions,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<Trigger> {
  return options.kind === 'core'
    ? CoreTrigger.open(options, context, signal)
    : StreamTrigger.open(options, context, signal);
}

function openOutput(
  { mode, subject, stream, create }: OutputOptions,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<Publisher> {
  const subjectOf: SubjectOf = (message) => message.subject ?? subject;
  return mode === 'core'
    ? CorePublisher.open(subjectOf, context, signal)
    : StreamPublisher.open({ subjectOf, stream, create }, context, signal);
}

/** An event that is put back goes to the subject that it came from; any other to the one that the trigger reads, if it is only one. */
function openSource(
  options: CoreOptions | StreamOptions,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<Publisher> {
  const [only, ...others] = options.kind === 'core' ? [options.subject] : options.filters;
  const subject = only !== undefined && others.length === 0 && literalSubject.test(only) ? only : undefined;
  const backTo: SubjectOf = (message) => subjectOf(message) ?? subject;
  if (options.kind === 'core') return CorePublisher.open(backTo, context, signal);
  const { stream, create, filters } = options;
  return StreamPublisher.open({ subjectOf: backTo, fromStream: filters.length === 0, stream, create }, context, signal);
}
