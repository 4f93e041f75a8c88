import { type Command, InvalidArgumentError } from 'commander';
import { SluiceError } from '../../errors.ts';
import { type Message, weightOf } from '../../event.ts';
import type { App } from '../../manifest/app.ts';
import type { Publisher } from '../../publisher.ts';
import { jsonText } from '../../printable.ts';
import type { Io } from '../io.ts';
import { notDefined } from '../manifest/named-trigger.ts';
import { OpenAdapters } from '../manifest/open-adapters.ts';
import { openManifest } from '../manifest/open-manifest.ts';
import { addPayloadOptions, type PayloadOptions, readLines, readPayload } from '../payload.ts';
import { globalsOf, timeOption, wholeNumber } from '../program.ts';

interface PublishOptions extends PayloadOptions {
  readonly lines: boolean;
  readonly count: number;
  readonly id?: string;
  /** In milliseconds. */
  readonly after?: number;
  readonly priority?: number;
}

/** Messages per publish. */
const BATCH = 500;

export function registerPublish(program: Command, io: Io): void {
  const command = program
    .command('publish')
    .argument('<target>', 'a trigger, to put an event into its source; or an output')
    .argument('[data]', 'the data, or - for stdin')
    .description('publish messages, and wait until they are durable');
  addPayloadOptions(command)
    .option('-l, --lines', 'each line of the data is a message (JSON lines)', false)
    .option('-n, --count <number>', 'publish the data this many times', wholeNumber, 1)
    .option('--id <id>', 'an id: where the destination deduplicates, it stores the same id once')
    .option('--after <time>', 'queues only: deliver it no sooner than this, such as 10m', timeOption)
    .option('--priority <number>', 'queues only: 0 to 9; higher ones are delivered first', priority)
    .action(async (target: string, data: string | undefined, options: PublishOptions, command: Command) => {
      const globals = globalsOf(command);
      mustGoTogether(options);
      await using open = new OpenAdapters(await openManifest(globals, io), globals.verbose);
      await using publisher = await openTarget(open, target, options);
      const refused: Refused[] = [];
      let [published, duplicates] = [0, 0];
      for await (const batch of batches(messages(data, options, open.app, io), open.app, refused)) {
        const report = await publisher.publish(batch, AbortSignal.timeout(open.app.shutdown.graceMs));
        duplicates += report?.duplicates ?? 0;
        published += batch.length;
      }
      if (refused.length > 0 && published === 0) throw tooLarge(refused, open.app);
      if (globals.json) io.stdout.write(`${jsonText({ target, published, duplicates })}\n`);
      else io.stderr.write(`published ${published} to ${target}${duplicatesText(published, duplicates)}\n`);
      if (refused.length > 0) throw tooLarge(refused, open.app);
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
    return (await import('./queue-target.ts')).queueTarget(state, settings, about);
  }
  return trigger === undefined ? adapters.openOutput(settings, never) : adapters.openPublisher(trigger, never);
}

/** Throws SLU1001 for contradicting options. */
function mustGoTogether({ id, count, lines }: PublishOptions): void {
  const many = lines ? '--lines' : count > 1 ? '--count' : undefined;
  if (id !== undefined && many !== undefined) {
    throw new SluiceError(
      'SLU1001',
      `${many} makes many messages, but --id gives one id: all but the first would be duplicates`,
      {
        fix: 'leave --id out, or publish each message with its own id',
      },
    );
  }
  if (lines && count > 1) {
    throw new SluiceError(
      'SLU1001',
      '--count publishes the same data again, and --lines makes a message of each line',
      {
        fix: 'leave one of them out',
      },
    );
  }
}

function duplicatesText(published: number, duplicates: number): string {
  if (duplicates === 0) return '';
  return published === 1
    ? ': a duplicate, stored there before under its id and not again'
    : `, ${duplicates} of them duplicates that were stored there before and not again`;
}

/** A message that exceeds the size limit of events; `line` if it is one of many. */
interface Refused {
  readonly line?: number;
  readonly bytes: number;
}

interface Numbered {
  readonly line?: number;
  /** A line that was too long to keep: only its length. */
  readonly bytes?: number;
  readonly message: Message;
}

async function* messages(
  data: string | undefined,
  options: PublishOptions,
  { limits }: App,
  io: Io,
): AsyncGenerator<Numbered> {
  const { contentType, key, header, id, lines, count } = options;
  const about = {
    ...(id === undefined ? {} : { id }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(key === undefined ? {} : { key: new TextEncoder().encode(key) }),
    headers: header,
  };
  if (lines) {
    for await (const { number: line, data: bytes, length } of readLines(data, options, io, limits.eventBytes))
      yield { line, ...(length > bytes.byteLength && { bytes: length }), message: { ...about, data: bytes } };
  } else {
    const payload = await readPayload(data, options, io);
    for (let n = 0; n < count; n += 1) yield { message: { ...about, data: payload } };
  }
}

/** A message that is too large goes to `refused`; the others are published. */
async function* batches(
  all: AsyncGenerator<Numbered>,
  { limits }: App,
  refused: Refused[],
): AsyncGenerator<readonly Message[]> {
  let batch: Message[] = [];
  for await (const { message, line, bytes = weightOf(message) } of all) {
    if (bytes > limits.eventBytes) {
      refused.push({ ...(line === undefined ? {} : { line }), bytes });
      continue;
    }
    batch.push(message);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function tooLarge([first, ...others]: readonly Refused[], { limits }: App): SluiceError {
  const { line, bytes = 0 } = first ?? {};
  const what = line === undefined ? 'the message' : `line ${line}`;
  const more =
    others.length === 0 || line === undefined
      ? ''
      : `; ${others.length} more ${others.length === 1 ? 'line is' : 'lines are'} too large`;
  return new SluiceError('SLU3004', `${what} has ${bytes} bytes, limits.event_size is ${limits.eventBytes}${more}`, {
    fix: 'raise limits.event_size, or publish a reference to the data',
    state: line === undefined ? 'it was not published' : 'all other lines were published',
  });
}

function priority(text: string): number {
  if (/^[0-9]$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 0 to 9.');
}
