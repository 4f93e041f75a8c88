import { shortened } from '../../bounded-text.ts';
import type { Header } from '../../event.ts';
import { outputBytes } from '../../outcome.ts';
import { mayPublish } from '../../publish-grant.ts';
import { refusalOf } from '../../publisher.ts';
import { SluiceError } from '../../errors.ts';
import type { Caller, CallerCall, CapabilityService, ServiceContext } from '../capability.ts';
import { excessOf, type NotPublished, type Operations, type SentMessage } from './operations.ts';

/** Limits of one component over all its threads: publishes under way, and their size together. */
const MOST_OPEN = 1024;
const MOST_OPEN_BYTES = 64 * 2 ** 20;
/** Default limit of what one call publishes, in bytes. */
const DEFAULT_BYTES = 8 * 2 ** 20;
/** Limit of a publisher's error text, in UTF-16 code units. */
const LONGEST_REASON = 500;

/**
 * The main thread's half of publishing by a component while it runs. A message is confirmed by its destination when it is answered. Messages that a
 * call has published stay published, however the call ends.
 */
export function publishService({
  grants,
  outputBytes: mostBytes = DEFAULT_BYTES,
}: Pick<ServiceContext, 'grants' | 'outputBytes'>): CapabilityService {
  const publishedBy = new WeakMap<CallerCall, number>();
  let open = 0;
  let openBytes = 0;

  async function publish(output: string, message: SentMessage, { gone, call }: Caller): Promise<Answer> {
    if (!mayPublish(grants.publish, output, message.topic))
      return { kind: 'denied', reason: 'allow.publish does not grant this output and topic' };
    const excess = excessOf(message);
    if (excess !== undefined) return { kind: 'refused', reason: excess };
    if (call === undefined || gone.aborted) return OUTSIDE;
    const { topic: subject, contentType, headers, data } = message;
    const sent = { subject, headers, data, ...(contentType !== undefined && { contentType }) };
    const bytes = outputBytes([{ ...sent, to: output }]);
    const before = publishedBy.get(call) ?? 0;
    if (before + bytes > mostBytes) return { kind: 'refused', reason: tooMuch(mostBytes) };
    if (open >= MOST_OPEN || openBytes + bytes > MOST_OPEN_BYTES) return BUSY;
    publishedBy.set(call, before + bytes);
    open += 1;
    openBytes += bytes;
    const over = new AbortController();
    const takeBack = call.whenOver(() => over.abort());
    try {
      await call.publish(output, sent, AbortSignal.any([over.signal, gone]));
      return PUBLISHED;
    } catch (thrown) {
      return failed(output, thrown);
    } finally {
      takeBack();
      open -= 1;
      openBytes -= bytes;
    }
  }

  return async (method, [output, message], caller) => {
    if (method !== 'publish') throw new TypeError(`there is no operation ${method} on outputs`);
    if (typeof output !== 'string') throw new TypeError('the name of an output must be text');
    return publish(output, checkedMessage(message), caller);
  };
}

type Answer = Operations['publish']['answer'];

const PUBLISHED: Answer = { kind: 'published' };
const OUTSIDE: NotPublished = { kind: 'refused', reason: 'nothing can be published outside of a call' };
const BUSY: NotPublished = { kind: 'away', reason: 'the component has too much under way to its outputs; try again' };

function tooMuch(bytes: number): string {
  return `what one call publishes is larger than limits.output_size (${bytes} bytes)`;
}

/** The guest gets a publisher's error about its message. Errors about the broker go only to the log. */
function failed(output: string, thrown: unknown): NotPublished {
  const code = thrown instanceof SluiceError ? thrown.code : 'SLU9001';
  switch (refusalOf(thrown)) {
    case 'away':
      return { kind: 'away', reason: `${code}: output '${output}' is away` };
    case 'destination':
      return { kind: 'away', reason: `${code}: output '${output}' refuses whatever is sent` };
    case 'message': {
      const why = thrown instanceof SluiceError ? thrown.message : 'it cannot be sent';
      return { kind: 'refused', reason: shortened(`${code}: output '${output}': ${why}`, LONGEST_REASON) };
    }
  }
}

/** The guest's half sends nothing else, but a child process is not trusted. */
function checkedMessage(given: unknown): SentMessage {
  const { topic, contentType, headers, data } = Object(given) as Partial<Record<keyof SentMessage, unknown>>;
  if (typeof topic !== 'string' || !(data instanceof Uint8Array) || !Array.isArray(headers))
    throw new TypeError('the message to publish is malformed');
  if (contentType !== undefined && typeof contentType !== 'string')
    throw new TypeError('the content type of a message must be text');
  return { topic, contentType, headers: headers.map(checkedHeader), data };
}

function checkedHeader(given: unknown): Header {
  const [name, value] = Array.isArray(given) ? (given as unknown[]) : [];
  if (typeof name !== 'string' || typeof value !== 'string')
    throw new TypeError('a header of a message must be two texts');
  return [name, value];
}
