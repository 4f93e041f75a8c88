import type { Chance } from './scripted-answer.ts';

/** What the guest of `imports.wat` can be made to call, in the order of its numbers. */
const CALLS = [
  'log',
  'config get',
  'config get-all',
  'get-environment',
  'get-stdout',
  'check-write',
  'write',
  'blocking-write-and-flush',
  'drop stream',
  'now',
  'wall now',
  'random u64',
  'random bytes',
  'open',
  'drop bucket',
  'get',
  'set',
  'exists',
  'delete',
  'increment',
  'grow',
] as const;
export type Call = (typeof CALLS)[number];

/** Those of wasi:keyvalue that wait for an answer. */
export const waiting: readonly Call[] = ['get', 'set', 'exists', 'delete', 'increment'];

const STEP = 32;
const END = 255;
const RESULT = 32;
const SPACE = 4096;

const bucketCalls: ReadonlySet<Call> = new Set(['drop bucket', ...waiting]);
const streamCalls: ReadonlySet<Call> = new Set(['check-write', 'write', 'blocking-write-and-flush', 'drop stream']);

interface Argument {
  readonly value: number;
  /** Whether it is an offset from the beginning of the data. */
  readonly isOffset?: boolean;
  /** Whether the handle that was given last takes its place. */
  readonly isHandle?: boolean;
}

/** Writes programs for `imports.wat`: mostly calls as a guest makes them, some as none should. */
export class ProgramWriter {
  readonly #chance: Chance;
  readonly #possible: readonly Call[];
  #bytes = Buffer.alloc(0);
  #end = 0;
  #hasFault = false;

  /** `waits`: whether the guest may call imports that wait. */
  constructor(chance: Chance, waits: boolean) {
    this.#chance = chance;
    this.#possible = waits ? CALLS : CALLS.filter((call) => !waiting.includes(call));
  }

  /** The data of an event. */
  next(): Uint8Array {
    const chance = this.#chance;
    this.#hasFault = chance.one(0.15);
    const calls = this.#calls();
    this.#bytes = Buffer.alloc((calls.length + 1) * STEP + SPACE);
    this.#end = (calls.length + 1) * STEP;
    for (const [n, call] of calls.entries()) this.#step(n * STEP, call);
    this.#bytes[calls.length * STEP] = END;
    return this.#bytes.subarray(0, this.#end);
  }

  /** Handles are asked for before they are used. */
  #calls(): Call[] {
    const chance = this.#chance;
    const calls: Call[] = [];
    for (let n = 1 + chance.int(4); n > 0; n--) {
      const call = chance.of(this.#possible);
      if (bucketCalls.has(call)) calls.push('open');
      if (streamCalls.has(call)) calls.push('get-stdout');
      calls.push(call);
    }
    return calls;
  }

  #step(at: number, call: Call): void {
    this.#bytes[at] = CALLS.indexOf(call);
    const chance = this.#chance;
    this.#bytes.writeBigUInt64LE(chance.one(0.9) ? BigInt(chance.int(300)) : 2n ** 64n - 1n, at + 24);
    const given = this.#arguments(call, at);
    for (const [n, { value, isOffset, isHandle }] of given.entries()) {
      this.#bytes.writeUInt32LE(value >>> 0, at + 4 + 4 * n);
      if (isOffset === true) this.#bytes[at + 1]! |= 1 << n;
      if (isHandle === true) this.#bytes[at + 2] = 1;
    }
  }

  #arguments(call: Call, at: number): Argument[] {
    switch (call) {
      case 'log':
        return [
          { value: this.#faulty(0.2) ? 6 + this.#chance.int(300) : this.#chance.int(6) },
          ...this.#text(),
          ...this.#text(),
        ];
      case 'config get':
        return [...this.#text(), this.#result()];
      case 'open':
        return [...this.#bytesOf(this.#chance.of(['default', '', 'default', 'other'])), this.#result()];
      case 'config get-all':
      case 'get-environment':
      case 'wall now':
      case 'random bytes':
        return [this.#result()];
      case 'get-stdout':
      case 'now':
      case 'random u64':
      case 'grow':
        return [];
      case 'check-write':
        return [this.#handle(), this.#result()];
      case 'write':
      case 'blocking-write-and-flush':
        return [this.#handle(), ...this.#data(), this.#result()];
      case 'drop stream':
      case 'drop bucket':
        return [this.#handle()];
      case 'set': {
        const { value } = this.#result();
        this.#bytes.writeBigUInt64LE(BigInt(value), at + 24);
        return [this.#handle(), ...this.#key(), ...this.#data()];
      }
      case 'get':
      case 'exists':
      case 'delete':
      case 'increment':
        return [this.#handle(), ...this.#key(), this.#result()];
    }
  }

  #handle(): Argument {
    if (this.#faulty(0.2)) return { value: this.#chance.of([0, 1, 2, 7, 0x7fff_ffff, 0xffff_ffff]) };
    return { value: 0, isHandle: true };
  }

  /** Where an answer goes. */
  #result(): Argument {
    if (this.#faulty(0.2)) return { value: this.#chance.of([0xffff_fff8, 0x8000_0000, 0x7fff_fff8]) };
    this.#end = (this.#end + 7) & ~7;
    const value = this.#end + (this.#faulty(0.2) ? 1 + this.#chance.int(7) : 0);
    this.#end += RESULT + 8;
    return { value, isOffset: true };
  }

  #key(): Argument[] {
    return this.#chance.one(0.8)
      ? this.#bytesOf(this.#chance.of(['a', 'key', 'kéy', '日本', 'x'.repeat(80)]))
      : this.#text();
  }

  #text(): Argument[] {
    if (this.#faulty(0.1))
      return this.#bytesOf(
        Buffer.from(this.#chance.of([[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]])),
      );
    return this.#bytesOf(this.#chance.text().slice(0, 200));
  }

  #data(): Argument[] {
    return this.#bytesOf(this.#chance.data().subarray(0, 200));
  }

  #bytesOf(content: string | Uint8Array): Argument[] {
    const bytes = Buffer.from(content as string);
    if (this.#faulty(0.1))
      return [
        { value: this.#chance.of([0xffff_fff0, 0x8000_0000, 0x7fff_ffff]) },
        { value: this.#chance.of([0, bytes.length, 0xffff_ffff]) },
      ];
    if (this.#faulty(0.05))
      return [
        { value: this.#end, isOffset: true },
        { value: this.#chance.of([0x7fff_ffff, 0xffff_ffff, 0x0010_0000]) },
      ];
    const value = this.#end;
    bytes.copy(this.#bytes, value);
    this.#end += bytes.length;
    return [{ value, isOffset: true }, { value: bytes.length }];
  }

  #faulty(share: number): boolean {
    return this.#hasFault && this.#chance.one(share);
  }
}
