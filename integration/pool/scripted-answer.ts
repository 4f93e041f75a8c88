import type { LoneEvent } from './lone-call.ts';

/** What is wrong with an answer, if anything is. */
export const faults = [
  'case',
  'length',
  'address',
  'count',
  'alignment',
  'answer address',
  'answer alignment',
  'empty list outside',
  'utf-8',
] as const;
export type Fault = (typeof faults)[number];

/** Generated code lets it pass; it is malformed all the same, and what calls directly is strict about it. */
export const strict: ReadonlySet<Fault> = new Set(['empty list outside']);

/** Generated code weighs a list before it looks where it lies, and so finds it too large where the direct call finds it malformed. */
export const ambiguous: ReadonlySet<Fault> = new Set(['count', 'length']);

export interface Script {
  readonly data: Uint8Array;
  readonly fault: Fault | undefined;
}

const ALPHABET = ['a', 'Z', '0', ' ', 'é', 'ß', '€', '日', '本', '👍', '\u0000', '\u{10ffff}', '\ud800', '\ufffd'];
const POOL = 20_000;
const BROKEN = [[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x80]];

/** Makes events and answers by chance. */
export class Chance {
  readonly #random: () => number;
  /** What data and texts are cut out of: an event is made in microseconds that way. A cut may leave half a surrogate pair. */
  readonly #pool: Buffer;
  readonly #texts: string;

  constructor(random: () => number) {
    this.#random = random;
    this.#pool = Buffer.from(Array.from({ length: POOL }, () => this.int(256)));
    this.#texts = Array.from({ length: POOL }, () => this.of(ALPHABET)).join('');
  }

  /** 0 to `below`, without it. */
  int(below: number): number {
    return Math.floor(this.#random() * below);
  }

  one(share: number): boolean {
    return this.#random() < share;
  }

  of<Item>(items: readonly Item[]): Item {
    return items[this.int(items.length)]!;
  }

  /** Mostly short, sometimes empty, and now and then of a length that means something to the puppet's `cabi_realloc`. */
  length(): number {
    if (this.one(0.15)) return 0;
    if (this.one(0.002)) return this.of([211, 227]);
    if (this.one(0.01)) return 223;
    return this.one(0.05) ? this.int(5000) : this.int(40);
  }

  text(): string {
    const length = this.length();
    if (this.one(0.5)) return 'x'.repeat(length);
    const start = this.int(POOL - length);
    return this.#texts.slice(start, start + length);
  }

  data(): Uint8Array {
    const length = this.length();
    const start = this.int(POOL - length);
    return this.#pool.subarray(start, start + length);
  }

  headers(): [string, string][] {
    const length = this.one(0.4) ? 0 : this.one(0.02) ? 40 : this.one(0.003) ? 7 : this.int(5);
    return Array.from({ length }, () => [this.text(), this.text()]);
  }

  /** An event that is reflected, or one whose data tell the puppet what to answer. */
  event(script?: Script): LoneEvent {
    return {
      event: {
        id: this.text(),
        source: this.text(),
        subject: this.text(),
        time: (BigInt(this.int(2 ** 32)) << 32n) | BigInt(this.int(2 ** 32)),
        ...(this.one(0.5) && { key: this.data() }),
        ...(this.one(0.5) && { contentType: this.text() }),
        headers: this.headers(),
        data: script?.data ?? this.data(),
      },
      attempt: script === undefined ? this.of([0, 1, 3, 0x8000_0000, 0xffff_ffff]) : 2,
    };
  }

  /** `possible`: the faults that an answer may have. */
  script(possible: readonly Fault[] = faults): Script {
    return new ScriptWriter(this, this.one(0.1) ? this.of(possible) : undefined).finish();
  }
}

/** Writes a script for the puppet: an answer as the canonical ABI lays it out, with offsets that become addresses. */
class ScriptWriter {
  readonly #chance: Chance;
  readonly #fault: Fault | undefined;
  /** Offsets are from the answer's own beginning; the script's head comes before it when it is finished. */
  readonly #bytes = Buffer.alloc(2 ** 16);
  #end = 24;
  readonly #addresses: number[] = [];
  /** Fields that faults are put into. */
  readonly #cases = [0];
  readonly #texts: number[] = [];
  readonly #ranges: number[] = [];
  readonly #tables: number[] = [];

  constructor(chance: Chance, fault: Fault | undefined) {
    this.#chance = chance;
    this.#fault = fault;
    if (chance.one(0.6)) this.#messages();
    else this.#failure();
  }

  finish(): Script {
    const chance = this.#chance;
    const fault = this.#spoil();
    const head = 12 + 4 * this.#addresses.length;
    const start = (head + 7) & ~7;
    const data = Buffer.concat([Buffer.alloc(start), this.#bytes.subarray(0, this.#end)]);
    // Some traps and some growth in the handler and behind it.
    const bits = chance.one(0.01) ? 1 : chance.one(0.05) ? 2 : 0;
    const after = chance.one(0.01) ? 4 : chance.one(0.05) ? 8 : 0;
    const absolute = fault === 'answer address';
    data.writeUInt32LE(bits | after | (absolute ? 16 : 0), 0);
    data.writeUInt32LE(this.#addresses.length, 4);
    const shift = fault === 'answer alignment' ? chance.of([1, 2, 3]) : 0;
    data.writeUInt32LE(absolute ? chance.of([0xffff_fffc, 0xffff_0000, 0x8000_0000]) : start + shift, 8);
    for (const [n, field] of this.#addresses.entries()) {
      data.writeUInt32LE(start + field, 12 + 4 * n);
      data.writeUInt32LE(start + data.readUInt32LE(start + field), start + field);
    }
    return { data, fault };
  }

  #messages(): void {
    const chance = this.#chance;
    const count = this.#fault === undefined && chance.one(0.01) ? 200 : chance.int(4);
    const table = this.#table(4, count, 48);
    for (let n = 0; n < count; n++) {
      const row = table + n * 48;
      this.#text(row);
      if (this.#option(row + 8)) this.#data(row + 12);
      if (this.#option(row + 20)) this.#text(row + 24);
      const headers = chance.headers().slice(0, 5);
      const rows = this.#table(row + 32, headers.length, 16);
      for (let at = rows; at < rows + 16 * headers.length; at += 8) this.#text(at);
      this.#data(row + 40);
    }
  }

  #failure(): void {
    this.#bytes[0] = 1;
    this.#cases.push(4);
    const rejects = this.#chance.one(0.5);
    this.#bytes[4] = rejects ? 1 : 0;
    this.#text(8);
    if (!rejects && this.#option(16)) this.#bytes.writeUInt32LE(this.#chance.of([0, 1, 0xffff_ffff]), 20);
  }

  #option(field: number): boolean {
    this.#cases.push(field);
    const some = this.#chance.one(0.5);
    this.#bytes[field] = some ? 1 : 0;
    return some;
  }

  #table(field: number, rows: number, size: number): number {
    this.#end = (this.#end + 3) & ~3;
    this.#tables.push(field);
    return this.#range(field, rows, rows * size);
  }

  #text(field: number): void {
    const text = Buffer.from(this.#chance.text().slice(0, 60));
    this.#texts.push(field);
    this.#ranges.push(field);
    text.copy(this.#bytes, this.#range(field, text.length, text.length));
  }

  #data(field: number): void {
    const data = this.#chance.data().subarray(0, 100);
    this.#ranges.push(field);
    this.#bytes.set(data, this.#range(field, data.length, data.length));
  }

  #range(field: number, count: number, size: number): number {
    const at = this.#end;
    this.#addresses.push(field);
    this.#bytes.writeUInt32LE(at, field);
    this.#bytes.writeUInt32LE(count, field + 4);
    this.#end += size;
    return at;
  }

  /** Puts the fault in, where the answer has a place for it; else it has none. */
  #spoil(): Fault | undefined {
    const chance = this.#chance;
    const bytes = this.#bytes;
    const ranges = this.#ranges.filter((field) => bytes.readUInt32LE(field + 4) > 0);
    switch (this.#fault) {
      case 'case':
        bytes[chance.of(this.#cases)] = chance.of([2, 3, 0x80, 0xff]);
        return 'case';
      case 'length':
        if (ranges.length === 0) return undefined;
        bytes.writeUInt32LE(chance.of([0x7fff_ffff, 0xffff_ffff, 0x0100_0000]), chance.of(ranges) + 4);
        return 'length';
      case 'address':
        if (ranges.length === 0) return undefined;
        return this.#move(chance.of(ranges), chance.of([0xffff_ffff, 0x8000_0000, 0x7fff_ffff]), 'address');
      case 'count':
        if (this.#tables.length === 0) return undefined;
        bytes.writeUInt32LE(chance.of([0x1000_0000, 0xffff_ffff, 0x0555_5556]), chance.of(this.#tables) + 4);
        return 'count';
      case 'alignment': {
        if (this.#tables.length === 0) return undefined;
        const field = chance.of(this.#tables);
        bytes.writeUInt32LE(bytes.readUInt32LE(field) + chance.of([1, 2, 3]), field);
        return 'alignment';
      }
      case 'empty list outside': {
        const empty = this.#tables.filter((field) => bytes.readUInt32LE(field + 4) === 0);
        return empty.length === 0 ? undefined : this.#move(chance.of(empty), 0xffff_fffc, 'empty list outside');
      }
      case 'utf-8': {
        const texts = this.#texts.filter((field) => bytes.readUInt32LE(field + 4) > 0);
        if (texts.length === 0) return undefined;
        const field = chance.of(texts);
        const broken = Buffer.from(chance.of(BROKEN));
        broken.copy(bytes, this.#end);
        bytes.writeUInt32LE(this.#end, field);
        bytes.writeUInt32LE(broken.length, field + 4);
        this.#end += broken.length;
        return 'utf-8';
      }
      case 'answer address':
      case 'answer alignment':
      case undefined:
        return this.#fault;
    }
  }

  /** The field holds that address as it is. */
  #move(field: number, address: number, fault: Fault): Fault {
    this.#addresses.splice(this.#addresses.indexOf(field), 1);
    this.#bytes.writeUInt32LE(address, field);
    return fault;
  }
}
