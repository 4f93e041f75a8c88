/** How many values a function or a block takes and returns. */
export interface Arity {
  readonly takes: number;
  readonly gives: number;
}

interface Frame extends Arity {
  /** Height of the stack below the block's parameters. */
  readonly base: number;
}

/**
 * The greatest height that the operand stack of a function can have at each instruction: a compiler tracks it beside the locals. Never too low.
 * Unreachable code may pop more than there is, as the rules of validation allow:
 * https://webassembly.github.io/spec/core/appendix/algorithm.html
 */
export class OperandStack {
  readonly #frames: Frame[] = [];
  #height = 0;
  #base = 0;

  get height(): number {
    return this.#height;
  }

  change({ takes, gives }: Arity): void {
    this.#height = Math.max(this.#height - takes, this.#base) + gives;
  }

  /** A block begins. */
  enter(block: Arity): void {
    this.#base = Math.max(this.#height - block.takes, this.#base);
    this.#height = this.#base + block.takes;
    this.#frames.push({ ...block, base: this.#base });
  }

  /** The else branch of the block begins. */
  otherwise(): void {
    this.#height = this.#base + (this.#frames.at(-1)?.takes ?? 0);
  }

  /** The block ends. */
  leave(): void {
    const left = this.#frames.pop();
    if (left === undefined) return;
    this.#height = left.base + left.gives;
    this.#base = this.#frames.at(-1)?.base ?? 0;
  }

  /** The following code is unreachable. */
  cut(): void {
    this.#height = this.#base;
  }
}

const arity = (takes: number, gives: number): Arity => ({ takes, gives });
const [UNARY, BINARY, MAKES, TAKES] = [arity(1, 1), arity(2, 1), arity(0, 1), arity(1, 0)];
const NOTHING = arity(0, 0);

/** Each entry holds from its number to the next entry: https://webassembly.github.io/spec/core/appendix/index-instructions.html */
const plainFrom: readonly (readonly [code: number, arity: Arity])[] = [
  [0x00, NOTHING],
  [0x0d, TAKES], // br_if, br_table
  [0x0f, NOTHING],
  [0x1a, TAKES], // drop
  [0x1b, arity(3, 1)], // select
  [0x1d, NOTHING],
  [0x20, MAKES], // local.get
  [0x21, TAKES],
  [0x22, UNARY],
  [0x23, MAKES], // global.get
  [0x24, TAKES],
  [0x25, UNARY], // table.get
  [0x26, arity(2, 0)],
  [0x27, NOTHING],
  [0x28, UNARY], // loads
  [0x36, arity(2, 0)], // stores
  [0x3f, MAKES], // memory.size
  [0x40, UNARY],
  [0x41, MAKES], // constants
  [0x45, UNARY],
  [0x46, BINARY], // comparisons
  [0x50, UNARY],
  [0x51, BINARY],
  [0x67, UNARY],
  [0x6a, BINARY], // arithmetic
  [0x79, UNARY],
  [0x7c, BINARY],
  [0x8b, UNARY],
  [0x92, BINARY],
  [0x99, UNARY],
  [0xa0, BINARY],
  [0xa7, UNARY], // conversions
  [0xc5, NOTHING],
  [0xd0, MAKES], // ref.null
  [0xd1, UNARY],
  [0xd2, MAKES], // ref.func
  [0xd3, NOTHING],
  [0xd4, UNARY],
  [0xd6, TAKES], // br_on_non_null
  [0xd7, NOTHING],
];
const plain = Array.from({ length: 256 }, (_, code) => plainFrom.findLast(([from]) => from <= code)?.[1] ?? NOTHING);

/** The effect of a one-byte instruction whose arity is fixed. */
export function arityOf(code: number): Arity {
  return plain[code] ?? NOTHING;
}

/** The effect of an instruction after 0xfc: conversions, then bulk ones. */
export function bulkArity(code: number): Arity {
  const TABLE_GROW = 15;
  const TABLE_SIZE = 16;
  if (code < 8) return UNARY;
  if (code === TABLE_GROW) return BINARY;
  if (code === TABLE_SIZE) return MAKES;
  const drops = code === 9 || code === 13;
  return drops ? NOTHING : arity(3, 0);
}

/** Ranges of vector instructions that take and return one value; both ends included. */
const vectorUnary = [
  [0x00, 0x0a],
  [0x0f, 0x16],
  [0x18, 0x19],
  [0x1b, 0x1b],
  [0x1d, 0x1d],
  [0x1f, 0x1f],
  [0x21, 0x21],
  [0x4d, 0x4d],
  [0x53, 0x53],
  [0x5c, 0x64],
  [0x67, 0x6a],
  [0x74, 0x75],
  [0x7a, 0x7a],
  [0x7c, 0x81],
  [0x83, 0x84],
  [0x87, 0x8a],
  [0x94, 0x94],
  [0xa0, 0xa1],
  [0xa3, 0xa4],
  [0xa7, 0xaa],
  [0xc0, 0xc1],
  [0xc3, 0xc4],
  [0xc7, 0xca],
  [0xe0, 0xe3],
  [0xec, 0xef],
  [0xf8, 0xff],
  [0x101, 0x104],
] as const;

/** The effect of an instruction after 0xfd. Those that take three values count as taking two. */
export function vectorArity(code: number): Arity {
  const isStore = code === 0x0b || (code >= 0x58 && code <= 0x5b);
  if (isStore) return arity(2, 0);
  if (code === 0x0c) return MAKES;
  return vectorUnary.some(([first, last]) => code >= first && code <= last) ? UNARY : BINARY;
}

/** The effect of an instruction after 0xfe, if it is known to take more than it returns; the others count as neutral. */
export function atomicArity(code: number): Arity {
  return code >= 0x17 && code <= 0x1d ? arity(2, 0) : NOTHING;
}
