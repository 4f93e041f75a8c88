import type { Adapter, AdapterContext, Publisher, Trigger } from '#trigger';
import { connectionOptions } from './connection-options.ts';
import { CoreTrigger } from './core-trigger.ts';
import { CorePublisher } from './core-publisher.ts';
import { literalSubject, type OutputOptions, outputOptions } from './output-options.ts';
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
  { mode, ...options }: OutputOptions,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<Publisher> {
  return mode === 'core'
    ? CorePublisher.open(options.subject, context, signal)
    : StreamPublisher.open(options, context, signal);
}

/** What is published to a trigger goes to its one subject; where it reads several, the message must name one. */
function openSource(
  options: CoreOptions | StreamOptions,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<Publisher> {
  const [only, ...others] = options.kind === 'core' ? [options.subject] : options.filters;
  const subject = only !== undefined && others.length === 0 && literalSubject.test(only) ? only : undefined;
  return options.kind === 'core'
    ? CorePublisher.open(subject, context, signal)
    : StreamPublisher.open({ subject, stream: options.stream, create: options.create }, context, signal);
}
