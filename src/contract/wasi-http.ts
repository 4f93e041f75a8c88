import { LONGEST_REASON, shortened } from '../bounded-text.ts';
import { IncomingRequest } from '../capability/wasi/http/http-incoming.ts';
import { type OutgoingResponse, ResponseOutparam } from '../capability/wasi/http/http-response.ts';
import type { Header } from '../event.ts';
import { reasonIn } from './answer-of.ts';
import { headersWithAttributes } from './cloud-attributes.ts';
import { type Answer, compatibleExport, type Contract, type GuestEvent, MalformedAnswer } from './contract.ts';

interface IncomingHandler {
  readonly handle: (request: IncomingRequest, response: ResponseOutparam) => unknown;
}

/** The longest delay that a Retry-After may request; the trigger's retry policy may shorten it. */
const LONGEST_AFTER_MS = 86_400_000;

/**
 * `handle: func(incoming-request, response-outparam)` of wasi:http 0.2. An event is a POST to `/` in the binary mode of CloudEvents
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md). 2xx completes; 429 and 5xx request another
 * attempt, after the delay in Retry-After; every other status rejects. The body of a response is not published.
 */
export const wasiHttp: Contract = {
  name: 'wasi:http/incoming-handler',
  lends: true,
  entry: (exports) => compatibleExport(exports, 'wasi:http/incoming-handler', '0.2'),
  functionOf: (entry) => `${entry}#handle`,
  bind(exported, hosts) {
    const { handle } = exported as IncomingHandler; // its type was checked by the transpiler
    const host = hosts('wasi');
    return {
      one(event) {
        const param = new ResponseOutparam(host);
        const returned = handle(new IncomingRequest(host, headersOf(event), event.data), param);
        return returned instanceof Promise ? returned.then(() => answerIn(param)) : answerIn(param);
      },
    };
  },
};

function headersOf(event: GuestEvent): readonly Header[] {
  const ours = new Set(['content-type', 'content-length']);
  const headers = headersWithAttributes(event).filter(([name]) => !ours.has(name.toLowerCase()));
  return [
    ...headers.map(([name, value]): Header => (name.startsWith('ce-') ? [name, encoded(value)] : [name, value])),
    ...(event.contentType === undefined ? [] : [['content-type', event.contentType] as const]),
    ['content-length', String(event.data.byteLength)],
  ];
}

/** The HTTP binding escapes everything but printable ASCII, and also space, quotes and percent. */
function encoded(value: string): string {
  return value.toWellFormed().replace(/[^!#$&-~]/gu, (character) => encodeURIComponent(character).replace('"', '%22'));
}

function answerIn({ answer }: ResponseOutparam): Answer {
  if (answer === undefined) throw new MalformedAnswer('no response was set');
  if (answer.tag === 'err') return { kind: 'failed', reason: reasonIn(answer.val) };
  const response = answer.val;
  const status = response.statusCode();
  if (status >= 200 && status < 300) return { kind: 'completed', messages: [] };
  const reason = shortened(`HTTP status ${status}${response.start && `: ${response.start}`}`, LONGEST_REASON);
  if (status !== 429 && status < 500) return { kind: 'rejected', reason };
  const afterMs = retryAfterMs(response);
  return { kind: 'failed', reason, ...(afterMs !== undefined && { afterMs }) };
}

/** Seconds, or a date: https://www.rfc-editor.org/rfc/rfc9110#name-retry-after */
function retryAfterMs(response: OutgoingResponse): number | undefined {
  const value = response.header('retry-after')?.trim() ?? '';
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, Math.round(ms)), LONGEST_AFTER_MS);
}
