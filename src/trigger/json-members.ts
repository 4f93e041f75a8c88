import { isUtf8 } from 'node:buffer';

/** A member of a JSON object: its name, and where in the text its value begins and ends. */
export interface JsonMember {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Limit of nesting, since each level takes stack. */
const DEEPEST = 256;

/**
 * The members of the JSON object that `json` is, in their order, names that repeat included. Values are not parsed, so the caller gets them as
 * written: `JSON.parse` changes numbers, the order of keys and repeated keys. One pass over any input. `undefined` for anything but an object by RFC
 * 8259 in UTF-8, and for one that is nested more than 256 deep. A byte order mark is skipped.
 */
export function jsonMembers(json: Uint8Array): readonly JsonMember[] | undefined {
  if (!isUtf8(json)) return undefined;
  const text = new JsonText(json);
  const begin = text.space(json[0] === 0xef && json[1] === 0xbb && json[2] === 0xbf ? 3 : 0);
  if (json[begin] !== CURLY) return undefined;
  const members: JsonMember[] = [];
  const end = text.object(begin, 1, members);
  return end !== NONE && text.space(end) === json.length ? members : undefined;
}

/** No value begins here. */
const NONE = -1;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const CURLY = 0x7b;
const CURLY_END = 0x7d;
const SQUARE = 0x5b;
const SQUARE_END = 0x5d;

/** Each method takes the position where something should begin and returns the position after its end, or NONE. */
class JsonText {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  space(at: number): number {
    for (;;) {
      const byte = this.#bytes[at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
      at += 1;
    }
  }

  object(at: number, depth: number, members?: JsonMember[]): number {
    if (depth > DEEPEST) return NONE;
    at = this.space(at + 1);
    if (this.#bytes[at] === CURLY_END) return at + 1;
    for (;;) {
      const nameEnd = this.#string(at);
      if (nameEnd === NONE) return NONE;
      const colon = this.space(nameEnd);
      if (this.#bytes[colon] !== COLON) return NONE;
      const start = this.space(colon + 1);
      const end = this.#value(start, depth);
      if (end === NONE) return NONE;
      members?.push({ name: stringOf(this.#bytes.subarray(at, nameEnd)), start, end });
      const next = this.space(end);
      if (this.#bytes[next] === CURLY_END) return next + 1;
      if (this.#bytes[next] !== COMMA) return NONE;
      at = this.space(next + 1);
    }
  }

  #array(at: number, depth: number): number {
    if (depth > DEEPEST) return NONE;
    at = this.space(at + 1);
    if (this.#bytes[at] === SQUARE_END) return at + 1;
    for (;;) {
      const end = this.#value(at, depth);
      if (end === NONE) return NONE;
      const next = this.space(end);
      if (this.#bytes[next] === SQUARE_END) return next + 1;
      if (this.#bytes[next] !== COMMA) return NONE;
      at = this.space(next + 1);
    }
  }

  #value(at: number, depth: number): number {
    switch (this.#bytes[at] ?? NONE) {
      case QUOTE:
        return this.#string(at);
      case CURLY:
        return this.object(at, depth + 1);
      case SQUARE:
        return this.#array(at, depth + 1);
      case 0x74:
        return this.#word(at, 'true');
      case 0x66:
        return this.#word(at, 'false');
      case 0x6e:
        return this.#word(at, 'null');
      default:
        return this.#number(at);
    }
  }

  #string(at: number): number {
    if (this.#bytes[at] !== QUOTE) return NONE;
    for (at += 1; ; at += 1) {
      const byte = this.#bytes[at];
      if (byte === QUOTE) return at + 1;
      if (byte === undefined || byte < 0x20) return NONE;
      if (byte !== BACKSLASH) continue;
      at += 1;
      if (this.#bytes[at] === 0x75) {
        for (let digit = 0; digit < 4; digit += 1) if (!isHex(this.#bytes[(at += 1)])) return NONE;
      } else if (!ESCAPED.has(this.#bytes[at])) return NONE;
    }
  }

  #number(at: number): number {
    if (this.#bytes[at] === 0x2d) at += 1;
    at = this.#bytes[at] === 0x30 ? at + 1 : this.#digits(at);
    if (at === NONE) return NONE;
    if (this.#bytes[at] === 0x2e) at = this.#digits(at + 1);
    if (at === NONE) return NONE;
    if (this.#bytes[at] !== 0x65 && this.#bytes[at] !== 0x45) return at;
    const sign = this.#bytes[at + 1];
    return this.#digits(sign === 0x2b || sign === 0x2d ? at + 2 : at + 1);
  }

  /** One or more. */
  #digits(at: number): number {
    const begin = at;
    while (isDigit(this.#bytes[at])) at += 1;
    return at === begin ? NONE : at;
  }

  #word(at: number, word: string): number {
    for (let n = 0; n < word.length; n += 1) if (this.#bytes[at + n] !== word.charCodeAt(n)) return NONE;
    return at + word.length;
  }
}

/** Characters that may follow a backslash, beside `u`. */
const ESCAPED: ReadonlySet<number | undefined> = new Set(Buffer.from('"\\/bfnrt'));

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isHex(byte: number | undefined): boolean {
  return isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}

/** The text of a JSON string. */
export function stringOf(json: Uint8Array): string {
  return JSON.parse(textOf(json)) as string; // by the one rule for `json`: it is a string
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}
