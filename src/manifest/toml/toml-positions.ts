import { formatPath, type TomlPath } from './toml-table.ts';

/** A part of one line; a span over several lines is cut at the end of its first. */
export interface TomlSpan {
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units. */
  readonly column: number;
  /** At least 1. */
  readonly length: number;
}

/** The positions of a key and its value. A table with a `[header]` has no value, an element of an array no key. */
export interface TomlPosition {
  readonly key?: TomlSpan;
  readonly value?: TomlSpan;
}

const blank = /(?:[ \t\r\n\uFEFF]|#.*)*/y;
const keyPart = /([\w-]+)|"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'/y;
const scalar =
  /"""(?:[^\\]|\\[^])*?"{3,5}|'''[^]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s,\]}#](?:[^,\]}#\n]*[^\s,\]}#])?/y;

/**
 * The positions in a TOML document, by `formatPath`; the parser gives only values. The document must be valid TOML, or the positions mean nothing.
 */
export function tomlPositions(text: string): ReadonlyMap<string, TomlPosition> {
  return new TomlScanner(text).document();
}

class TomlScanner {
  readonly #text: string;
  readonly #lineStarts: readonly number[];
  readonly #positions = new Map<string, TomlPosition>();
  /** How many tables each array of tables has so far. */
  readonly #tablesOf = new Map<string, number>();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#lineStarts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
  }

  document(): ReadonlyMap<string, TomlPosition> {
    let table: TomlPath = [];
    for (this.#skipBlank(); this.#at < this.#text.length; this.#skipBlank()) {
      if (this.#take('[')) table = this.#header(this.#take('['));
      else if (!this.#keyAndValue(table)) break;
    }
    return this.#positions;
  }

  /** `[a.b]` or `[[a.b]]` after the opening brackets; returns the path of the table that it opens. */
  #header(inArray: boolean): TomlPath {
    const path: (string | number)[] = [];
    const parts = this.#dottedKey();
    for (const [index, { key, span }] of parts.entries()) {
      path.push(key);
      this.#note(path, { key: span });
      const tables = this.#tablesOf.get(formatPath(path)) ?? 0;
      const isLast = index === parts.length - 1;
      if (isLast && inArray) this.#tablesOf.set(formatPath(path), tables + 1);
      if (isLast ? inArray : tables > 0) {
        path.push(isLast ? tables : tables - 1);
        this.#note(path, { key: span });
      }
    }
    this.#take(']');
    if (inArray) this.#take(']');
    return path;
  }

  /** False when there is none. */
  #keyAndValue(table: TomlPath): boolean {
    const path = [...table];
    const parts = this.#dottedKey();
    for (const { key, span } of parts) {
      path.push(key);
      this.#note(path, { key: span });
    }
    if (!this.#take('=')) return false;
    this.#skipBlank();
    const key = parts.at(-1)?.span;
    const value = this.#value(path);
    this.#positions.set(formatPath(path), key === undefined ? { value } : { key, value });
    return true;
  }

  #dottedKey(): { key: string; span: TomlSpan }[] {
    const parts: { key: string; span: TomlSpan }[] = [];
    do {
      this.#skipBlank();
      const start = this.#at;
      const [text, bare, basic, literal] = this.#match(keyPart);
      if (text === undefined) break;
      parts.push({ key: bare ?? literal ?? unescape(basic ?? ''), span: this.#span(start) });
      this.#skipBlank();
    } while (this.#take('.'));
    return parts;
  }

  #value(path: TomlPath): TomlSpan {
    const start = this.#at;
    if (this.#take('[')) this.#list(']', (index) => this.#element([...path, index]));
    else if (this.#take('{')) this.#list('}', () => this.#keyAndValue(path));
    else this.#match(scalar);
    return this.#span(start);
  }

  #element(path: TomlPath): boolean {
    const start = this.#at;
    const value = this.#value(path);
    this.#positions.set(formatPath(path), { value });
    return this.#at > start;
  }

  #list(end: string, item: (index: number) => boolean): void {
    this.#skipBlank();
    for (let index = 0; !this.#take(end) && item(index); index += 1) {
      this.#skipBlank();
      this.#take(',');
      this.#skipBlank();
    }
  }

  /** A table's position is its first mention. */
  #note(path: TomlPath, position: TomlPosition): void {
    const name = formatPath(path);
    if (!this.#positions.has(name)) this.#positions.set(name, position);
  }

  #span(start: number): TomlSpan {
    const line = this.#lineOf(start);
    const next = this.#lineStarts[line + 1];
    const lineEnd = next !== undefined && next <= this.#at ? next - (this.#text[next - 2] === '\r' ? 2 : 1) : this.#at;
    const length = Math.max(1, lineEnd - start);
    return { line: line + 1, column: start - (this.#lineStarts[line] ?? 0) + 1, length };
  }

  /** The last line that begins at or before `position`, by binary search. */
  #lineOf(position: number): number {
    let [low, high] = [0, this.#lineStarts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#lineStarts[middle] ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #match(pattern: RegExp): readonly (string | undefined)[] {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at = pattern.lastIndex;
    return match ?? [];
  }

  #take(character: string): boolean {
    const found = this.#text.startsWith(character, this.#at);
    if (found) this.#at += character.length;
    return found;
  }

  #skipBlank(): void {
    this.#match(blank);
  }
}

const escapes: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', e: '\u001B' };

/** TOML's escapes in a basic string of one line: https://toml.io/en/v1.1.0#string */
function unescape(text: string): string {
  return text.replaceAll(/\\(?:u(.{4})|U(.{8})|x(.{2})|(.))/g, (_, four, eight, two, letter: string) => {
    const code = four ?? eight ?? two;
    return code === undefined ? (escapes[letter] ?? letter) : String.fromCodePoint(Number.parseInt(code, 16));
  });
}
