import { SluiceError } from '#trigger';

/** A stream's answer to a message (nats-architecture-and-design, ADR-22): its name and a sequence, or an error. */
export interface PublishAnswer {
  readonly stream?: string;
  /** The stream already had a message with this id. */
  readonly duplicate?: boolean;
  readonly error?: { readonly code?: number; readonly err_code?: number; readonly description?: string };
}

/** An answer that is not a stream's has neither key. */
export function publishAnswer(data: Uint8Array): PublishAnswer {
  try {
    return JSON.parse(new TextDecoder().decode(data)) as PublishAnswer; // of a stream; else neither key is there
  } catch {
    return {};
  }
}

/** Errors that the message itself causes by its size: max_msg_size of the stream, and 64 KiB for headers (server/errors.json of nats-server). */
const MESSAGE_TOO_LARGE: ReadonlySet<number> = new Set([10_054, 10_097]);
/** Errors with 4xx that are transient: the account's limits are reached; the same message is being stored. */
const PASSING: ReadonlySet<number> = new Set([10_002, 10_158]);
/** The stream could not store it; the description says why. */
const STORE_FAILED = 10_077;

/**
 * Why a stream did not store a message, as SLU3309; `undefined` if it did. An error that is neither transient nor about the message's size concerns
 * the destination, and every message would fail: the stream is sealed, is not the expected one, or counts instead of storing.
 */
export function publishRefusal({ stream, error }: PublishAnswer, subject: string): SluiceError | undefined {
  if (error === undefined) {
    if (stream !== undefined) return undefined;
    return new SluiceError('SLU3309', `a subscriber that is not a stream answered a message to '${subject}'`, {
      fix: 'publish to a subject that only a stream reads, or set mode = "core"',
    });
  }
  const { code = 500, err_code: number = 0, description = 'no reason given' } = error;
  const ofMessage = MESSAGE_TOO_LARGE.has(number) || (number === STORE_FAILED && /too? large/.test(description));
  return new SluiceError('SLU3309', `JetStream did not store a message to '${subject}': ${description}`, {
    transient: !ofMessage && (code >= 500 || PASSING.has(number)),
    ofMessage,
    ...(ofMessage ? { fix: 'raise max_msg_size of the stream, or send a reference to the data' } : {}),
  });
}

/** A stream that discards new messages is full: at the moment for any message, or always for this one. */
export function isOutOfBytes({ error }: PublishAnswer): boolean {
  return error?.err_code === STORE_FAILED && /maximum bytes/.test(error.description ?? '');
}
