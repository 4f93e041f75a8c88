import { type HttpOrigin, originOf } from '../../http-origin.ts';
import { type Field, MOST_EARLY_BYTES, MOST_FIELD_BYTES, MOST_FIELDS, type SentRequest } from './operations.ts';
import { isForbiddenField, isMethod, isPath } from './request-rules.ts';

const LONGEST_PART = 16 * 1024;
const LONGEST_TIMER_MS = 2 ** 30;

/** A request that may be sent unchanged. */
export interface CheckedRequest extends Omit<SentRequest, 'authority' | 'scheme'> {
  readonly origin: HttpOrigin;
}

/**
 * The guest's half does the same; but where guests run in a process of their own, that one is not trusted. `undefined`: it breaks a rule of
 * HTTP. Throws a TypeError for what is no request at all.
 */
export function checkedRequest(given: unknown): CheckedRequest | undefined {
  const { method, scheme, authority, path, fields, body, more, ...timeouts } = Object(given) as Partial<SentRequest>;
  if ((scheme !== 'http' && scheme !== 'https') || !isPart(method) || !isPart(authority) || !isPart(path))
    throw new TypeError('an HTTP request is none');
  if (!Array.isArray(fields) || typeof more !== 'boolean' || !(body === undefined || isBody(body)))
    throw new TypeError('an HTTP request is none');
  const origin = originOf(scheme, authority);
  if (origin === undefined || !isMethod(method) || !isPath(path)) return undefined;
  const sent = checkedFields(fields);
  if (sent === undefined || !isLength(sent, more ? undefined : (body?.length ?? 0))) return undefined;
  return {
    origin,
    method,
    path,
    fields: sent,
    body,
    more,
    connectMs: checkedMs(timeouts.connectMs),
    firstByteMs: checkedMs(timeouts.firstByteMs),
    betweenBytesMs: checkedMs(timeouts.betweenBytesMs),
  };
}

function isPart(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_PART;
}

function isBody(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length <= MOST_EARLY_BYTES;
}

function checkedFields(fields: readonly unknown[]): readonly Field[] | undefined {
  if (fields.length > MOST_FIELDS) return undefined;
  let bytes = 0;
  const checked = fields.map((field): Field => {
    const [name, value] = Array.isArray(field) ? (field as unknown[]) : [];
    if (typeof name !== 'string' || typeof value !== 'string')
      throw new TypeError('a field of an HTTP request is none');
    bytes += name.length + value.length;
    return [name, value];
  });
  return bytes > MOST_FIELD_BYTES || checked.some(([name]) => isForbiddenField(name)) ? undefined : checked;
}

/** Whether a length that the guest gave is one, and that of its body where it is known. */
function isLength(fields: readonly Field[], bodyBytes: number | undefined): boolean {
  const given = fields.filter(([name]) => name.toLowerCase() === 'content-length');
  const [first] = given;
  if (first === undefined) return true;
  if (given.length > 1 || !/^\d{1,15}$/.test(first[1])) return false;
  return bodyBytes === undefined || Number(first[1]) === bodyBytes;
}

function checkedMs(ms: unknown): number | undefined {
  if (ms === undefined) return undefined;
  if (typeof ms !== 'number' || !(ms >= 0)) throw new TypeError('a timeout of an HTTP request is none');
  return Math.min(ms, LONGEST_TIMER_MS);
}
