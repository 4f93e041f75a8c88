import { LONGEST_REASON, shortened } from './bounded-text.ts';
import type { errorCatalogue } from './error-catalogue.ts';

/** Every code that Sluice can report; permanent once released. `sluice explain CODE` explains each. */
export type ErrorCode = keyof typeof errorCatalogue;

/** The place of a fault, as far as known. Redact addresses before you fill it in. */
export interface ErrorPlace {
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
  /** A path in the manifest: `component.enrich.limits.memory`. */
  readonly path?: string;
  readonly component?: string;
  readonly trigger?: string;
  readonly connection?: string;
}

export interface SluiceErrorOptions {
  readonly cause?: unknown;
  /** Whether the same operation may succeed later with nothing changed. Default false. */
  readonly transient?: boolean;
  /**
   * From a publisher: the destination will never accept this message (because of its size, headers, key or a policy), but may accept others. An
   * error that is neither this nor `transient` concerns every message. See `refusalOf`. Default false.
   */
  readonly ofMessage?: boolean;
  /**
   * How often in a row a trigger may fail with this error before it counts as permanent. Only for transient errors. Default: no limit, as for a
   * broker that is away.
   */
  readonly tries?: number;
  readonly place?: ErrorPlace;
  /** One fix, best as a command that can be copied. */
  readonly fix?: string;
  /** The remaining state: `the event was returned to the queue`. */
  readonly state?: string;
}

/**
 * Sluice's only error class. Callers act on `code`; the message says what was wanted, what came, and what to do. It may quote a guest, a sender or a
 * broker, so message and fix are cut at 4,096 characters.
 */
export class SluiceError extends Error {
  override readonly name = 'SluiceError';
  readonly code: ErrorCode;
  readonly transient: boolean;
  readonly ofMessage: boolean;
  readonly tries: number;
  readonly place: ErrorPlace | undefined;
  readonly fix: string | undefined;
  readonly state: string | undefined;

  constructor(code: ErrorCode, message: string, options: SluiceErrorOptions = {}) {
    super(shortened(message, LONGEST_REASON), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.transient = options.transient ?? false;
    this.ofMessage = options.ofMessage ?? false;
    this.tries = options.tries ?? Infinity;
    this.place = options.place;
    this.fix = options.fix === undefined ? undefined : shortened(options.fix, LONGEST_REASON);
    this.state = options.state;
  }

  /** The same error with a more precise place; known parts of the place stay. */
  at(place: ErrorPlace): SluiceError {
    const { code, message, cause, transient, ofMessage, tries, fix, state } = this;
    return new SluiceError(code, message, {
      cause,
      transient,
      ofMessage,
      tries,
      place: { ...place, ...this.place },
      ...(fix === undefined ? {} : { fix }),
      ...(state === undefined ? {} : { state }),
    });
  }
}

/** The first line of any thrown value's text, at most 4,096 characters. */
export function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  const end = text.indexOf('\n');
  return shortened(end < 0 ? text : text.slice(0, end), LONGEST_REASON);
}
