import { type ErrorCode, SluiceError } from '#trigger';
import { JetStreamApiError } from '@nats-io/jetstream';
import {
  AuthorizationError,
  InvalidArgumentError,
  NoRespondersError,
  PermissionViolationError,
  TimeoutError,
  UserAuthenticationExpiredError,
} from '@nats-io/transport-node';

const STREAM_NOT_FOUND = 10_059;
const INVALID_CONFIG = 10_052;

/** The error of a failed connect, as SLU3301 (transient) or SLU3302. */
export function connectionError(thrown: unknown, addresses: string): SluiceError {
  const reason = textOf(thrown);
  if (isRefusal(thrown)) {
    return new SluiceError('SLU3302', `NATS at ${addresses} refused the connection: ${reason}`, {
      cause: thrown,
      fix: 'check user, password, token, nkey, credentials and tls of the connection',
    });
  }
  return new SluiceError('SLU3301', `NATS at ${addresses} can't be reached: ${reason}`, {
    cause: thrown,
    transient: true,
    fix: 'start it, or correct servers of the connection',
  });
}

/** Whether the server refused instead of not answering: another try with the same credentials and files can't help. */
function isRefusal(thrown: unknown): boolean {
  if (thrown instanceof AuthorizationError || thrown instanceof UserAuthenticationExpiredError) return true;
  if (thrown instanceof InvalidArgumentError) return true;
  if (!(thrown instanceof Error)) return false;
  const code = 'code' in thrown ? String(thrown.code) : '';
  return (
    thrown.message.includes("'tls'") ||
    code === 'ENOENT' ||
    code === 'EACCES' ||
    code.startsWith('ERR_TLS') ||
    code.startsWith('ERR_SSL') ||
    code.startsWith('ERR_OSSL') ||
    /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)
  );
}

/** The error of a failed request to JetStream. The message begins with `what`: `consumer 'x' of stream 'Y'`. */
export function jetStreamError(code: ErrorCode, what: string, thrown: unknown): SluiceError {
  if (thrown instanceof SluiceError) return thrown;
  const denied = permissionViolation(thrown);
  if (denied !== undefined) return deniedError(denied);
  if (isNoResponders(thrown)) {
    return new SluiceError('SLU3304', `${what}: JetStream does not answer; it is disabled, or has no leader yet`, {
      cause: thrown,
      transient: true,
      fix: 'start nats-server with JetStream: nats-server -js',
    });
  }
  return new SluiceError(code, `${what}: ${textOf(thrown)}`, {
    cause: thrown,
    transient: isPassing(thrown),
    ofMessage: thrown instanceof InvalidArgumentError,
  });
}

/** JetStream accepted a change, but the result differs from it: SLU3314, with the differences. */
export function notAsSaid(what: string, wanted: object, is: object): SluiceError {
  const present = new Map(Object.entries(is));
  const text = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
  const shown = Object.entries(wanted)
    .map(([key, value]) => [key, text(value), text(present.get(key))] as const)
    .filter(([, value, came]) => value !== came)
    .map(([key, value, came]) => `${key} is ${came}, not ${value}`);
  return new SluiceError('SLU3314', `${what} was updated, but still differs from the manifest: ${shown.join('; ')}`, {
    fix: 'change it by hand, or correct the manifest; update = false uses it unchanged',
  });
}

/** The account may not do that: SLU3307. */
export function deniedError(denied: PermissionViolationError): SluiceError {
  const { operation, subject } = denied;
  return new SluiceError(
    'SLU3307',
    `NATS denies the ${operation === 'publish' ? 'publish to' : 'subscription of'} '${subject}'`,
    {
      cause: denied,
      fix: `allow it in the permissions of the account's user: ${operation} '${subject}'`,
    },
  );
}

export function permissionViolation(thrown: unknown): PermissionViolationError | undefined {
  return causes(thrown).find((error) => error instanceof PermissionViolationError);
}

export function isNoResponders(thrown: unknown): boolean {
  return causes(thrown).some((error) => error instanceof NoRespondersError);
}

export function isTimeout(thrown: unknown): boolean {
  return causes(thrown).some((error) => error instanceof TimeoutError);
}

/** The error code of JetStream's API, if it answered with one: server/errors.json of nats-server. */
export function apiCode(thrown: unknown): number | undefined {
  return causes(thrown).find((error) => error instanceof JetStreamApiError)?.code;
}

export function isStreamMissing(thrown: unknown): boolean {
  return apiCode(thrown) === STREAM_NOT_FOUND;
}

/** JetStream answered with 5xx, or did not answer. */
function isPassing(thrown: unknown): boolean {
  const answer = causes(thrown).find((error) => error instanceof JetStreamApiError);
  if (answer === undefined) return !(thrown instanceof InvalidArgumentError);
  // The server also answers 500 to a configuration that it never accepts.
  return answer.status >= 500 && answer.code !== INVALID_CONFIG;
}

function causes(thrown: unknown): unknown[] {
  const chain: unknown[] = [];
  for (
    let next = thrown;
    next !== undefined && chain.length < 5;
    next = next instanceof Error ? next.cause : undefined
  ) {
    chain.push(next);
  }
  return chain;
}

function textOf(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message || thrown.name : String(thrown)).split('\n', 1)[0] ?? '';
}
