import type { GuestLog } from '../../capability/capability.ts';
import { shortened } from '../../bounded-text.ts';

/** Of one line, in UTF-16 code units; the rest of it is cut off. */
const LONGEST_LINE = 8 * 1024;
/** Of what a line is about, likewise. */
const LONGEST_CONTEXT = 1024;
/** Of one call. */
const MOST_LINES = 1000;
const MOST_TEXT = 256 * 1024;

/** Bounds what one call writes: a guest in a loop must not fill memory, the log, or the bill for it. */
export class LineLimit {
  #lines = 0;
  #text = 0;
  #dropped = 0;

  /** The line, cut to its longest, or `undefined` when the call has written enough. */
  admit({ level, context, text }: GuestLog): GuestLog | undefined {
    if (this.#lines === MOST_LINES || this.#text >= MOST_TEXT) {
      this.#dropped += 1;
      return undefined;
    }
    this.#lines += 1;
    const kept = {
      level,
      context: shortened(context, LONGEST_CONTEXT),
      text: shortened(text, LONGEST_LINE),
    };
    this.#text += kept.text.length + kept.context.length;
    return kept;
  }

  /** A line that says how many were dropped; `undefined` if none was. */
  get summary(): GuestLog | undefined {
    if (this.#dropped === 0) return undefined;
    return {
      level: 'warn',
      context: 'sluice',
      text: `dropped ${this.#dropped} lines: one call may write ${MOST_LINES} lines and ${MOST_TEXT / 1024} Ki characters`,
    };
  }
}
