import { type Command, InvalidArgumentError } from 'commander';
import { SluiceError } from '../errors.ts';
import { type Message, weightOf } from '../event.ts';
import type { App } from '../manifest/app.ts';
import type { Publisher } from '../publisher.ts';
import { jsonText } from '../printable.ts';
import type { Io } from './io.ts';
import { notDefined } from './named-trigger.ts';
import { OpenAdapters } from './open-adapters.ts';
import { openManifest } from './open-manifest.ts';
import { addPayloadOptions, type PayloadOptions, readLines, readPayload } from './payload.ts';
import { globalsOf } from './program.ts';
import { queueTarget } from './queue-target.ts';
import { timeOption } from './time-option.ts';
import { wholeNumber } from './whole-number.ts';

interface PublishOptions extends PayloadOptions {
  readonly lines: boolean;
  readonly count: number;
  readonly id?: string;
  /** In milliseconds. */
  readonly after?: number;
  readonly priority?: number;
}

/** Messages that are published in one go. */
const BATCH = 500;

export function registerPublish(program: Command, io: Io): void {
  const command = program
    .command('publish')
    .argument('<target>', 'a trigger, to put an event into its source; or an output')
    .argument('[data]', 'the data, or - for stdin')
    .description('publish messages, and wait until they are durable');
  addPayloadOptions(command)
    .option('-l, --lines', 'each line of the data is a message (JSON lines)', false)
    .option('-n, --count <number>', 'publish it so many times', wholeNumber, 1)
    .option('--id <id>', 'an id: where the destination deduplicates, it stores the same id once')
    .option('--after <time>', 'queues only: hand it out no sooner than this', timeOption)
    .option('--priority <number>', 'queues only: hand out higher ones first, 0 to 9', priority)
    .action(async (target: string, data: string | undefined, options: PublishOptions, command: Command) => {
      const globals = globalsOf(command);
      await using open = new OpenAdapters(await openManifest(globals, io), globals.verbose);
      await using publisher = await openTarget(open, target, options);
      let published = 0;
      for await (const batch of batches(messages(data, options, io), open.app)) {
        await publisher.publish(batch, AbortSignal.timeout(open.app.shutdown.graceMs));
        published += batch.length;
      }
      if (globals.json) io.stdout.write(`${jsonText({ target, published })}\n`);
      else io.stderr.write(`published ${published} to ${target}\n`);
    });
}

async function openTarget(
  { app, adapters, state }: OpenAdapters,
  target: string,
  options: PublishOptions,
): Promise<Publisher> {
  const never = new AbortController().signal;
  const trigger = app.triggers.find(({ name }) => name === target);
  const settings = trigger ?? app.outputs.get(target);
  if (settings === undefined) {
    throw notDefined('trigger or output', target, [...app.triggers.map(({ name }) => name), ...app.outputs.keys()]);
  }
  const { after: afterMs, priority } = options;
  if (afterMs !== undefined || priority !== undefined) {
    const about = { ...(afterMs === undefined ? {} : { afterMs }), ...(priority === undefined ? {} : { priority }) };
    return queueTarget(state, settings, about);
  }
  return trigger === undefined ? adapters.openOutput(settings, never) : adapters.openSource(trigger, never);
}

async function* messages(data: string | undefined, options: PublishOptions, io: Io): AsyncGenerator<Message> {
  const { contentType, key, header, id, lines, count } = options;
  const about = {
    ...(id === undefined ? {} : { id }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(key === undefined ? {} : { key: new TextEncoder().encode(key) }),
    headers: header,
  };
  if (lines) for await (const line of readLines(data, options, io)) yield { ...about, data: line };
  else {
    const payload = await readPayload(data, options, io);
    for (let n = 0; n < count; n += 1) yield { ...about, data: payload };
  }
}

async function* batches(all: AsyncGenerator<Message>, app: App): AsyncGenerator<readonly Message[]> {
  let batch: Message[] = [];
  for await (const message of all) {
    const weight = weightOf(message);
    if (weight > app.limits.eventBytes) {
      throw new SluiceError('SLU3004', `a message has ${weight} bytes, limits.event_size is ${app.limits.eventBytes}`, {
        fix: 'raise limits.event_size, or publish a reference to the data',
        state: 'earlier messages of this command were published',
      });
    }
    batch.push(message);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function priority(text: string): number {
  if (/^[0-9]$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 0 to 9.');
}
