import { MalformedWasm, type WasmReader } from './wasm-reader.ts';

/** What one function asks of a compiler. */
export interface FunctionShape {
  /** Size of its body. */
  readonly bytes: number;
  /** Beside its parameters. */
  readonly locals: number;
  /** Instructions at which control may go on in two ways, and targets of `br_table`. */
  readonly branches: number;
}

/** An instruction of a proposal that is not let in. */
export class ForbiddenInstruction extends Error {
  override readonly name = 'ForbiddenInstruction';
}

/** Numbers are those of https://webassembly.github.io/spec/core/binary/instructions.html */
const BLOCK = 0x02;
const LOOP = 0x03;
const IF = 0x04;
const ELSE = 0x05;
const TRY = 0x06;
const CATCH = 0x07;
const BR = 0x0c;
const BR_IF = 0x0d;
const BR_TABLE = 0x0e;
const DELEGATE = 0x18;
const CATCH_ALL = 0x19;
const TYPED_SELECT = 0x1c;
const TRY_TABLE = 0x1f;
const I32_CONST = 0x41;
const I64_CONST = 0x42;
const F32_CONST = 0x43;
const F64_CONST = 0x44;
const BR_ON_NULL = 0xd5;
const BR_ON_NON_NULL = 0xd6;

/** Those with numbers behind them: how many. CATCH, RETHROW and so on are among them. */
const numbersBehind = new Map<number, number>([
  ...[CATCH, 0x08, 0x09, BR, BR_IF, 0x10, 0x12, 0x14, 0x15, DELEGATE].map((code) => [code, 1] as const),
  ...[0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x3f, 0x40].map((code) => [code, 1] as const),
  ...[I32_CONST, I64_CONST, 0xd0, 0xd2, BR_ON_NULL, BR_ON_NON_NULL].map((code) => [code, 1] as const),
  [0x11, 2],
  [0x13, 2],
]);
const branching = new Set([LOOP, IF, ELSE, TRY, CATCH, CATCH_ALL, BR, BR_IF, DELEGATE, BR_ON_NULL, BR_ON_NON_NULL]);
/** Of those behind 0xfc, which copy and fill: by the number that follows. */
const bulkNumbers = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

/** Reads the body of a function, from its locals to its end. Throws MalformedWasm, or ForbiddenInstruction. */
export function shapeOf(body: WasmReader): FunctionShape {
  const bytes = body.end - body.at;
  let locals = 0;
  for (let groups = body.u32(); groups > 0; groups--) {
    locals += body.u32();
    body.skipValueType();
  }
  let branches = 0;
  while (!body.done) branches += readInstruction(body);
  return { bytes, locals, branches };
}

/** How many branches it is. */
function readInstruction(reader: WasmReader): number {
  const code = reader.byte();
  // The type of a block is written as a value type is.
  if (code === BLOCK || code === LOOP || code === IF || code === TRY) reader.skipValueType();
  else if (code === BR_TABLE) return readTargets(reader);
  else if (code === TRY_TABLE) return readHandlers(reader);
  else if (code === TYPED_SELECT) for (let left = reader.u32(); left > 0; left--) reader.skipValueType();
  else if (code >= 0x28 && code <= 0x3e) skipMemoryArgument(reader);
  else if (code === F32_CONST) reader.take(4);
  else if (code === F64_CONST) reader.take(8);
  else if (code === 0xfc) skipBulk(reader);
  else if (code === 0xfd) skipVector(reader);
  else if (code === 0xfe) skipAtomic(reader);
  else if (code === 0xfb || code === 0xd3) throw new ForbiddenInstruction('garbage-collected types');
  else if (code >= 0xe0 && code <= 0xe6) throw new ForbiddenInstruction('stack switching');
  else skipNumbers(reader, numbersBehind.get(code) ?? 0);
  return branching.has(code) ? 1 : 0;
}

function readTargets(reader: WasmReader): number {
  const targets = reader.u32() + 1;
  skipNumbers(reader, targets);
  return targets;
}

function readHandlers(reader: WasmReader): number {
  reader.skipValueType();
  const handlers = reader.u32();
  for (let left = handlers; left > 0; left--) {
    const catchesAll = reader.byte() >= 0x02;
    skipNumbers(reader, catchesAll ? 1 : 2);
  }
  return handlers + 1;
}

function skipMemoryArgument(reader: WasmReader): void {
  const NAMES_MEMORY = 0x40;
  if ((reader.u32() & NAMES_MEMORY) !== 0) reader.skipNumber();
  reader.skipNumber();
}

function skipBulk(reader: WasmReader): void {
  const numbers = bulkNumbers[reader.u32()];
  if (numbers === undefined) throw new MalformedWasm(`an instruction is not known, before byte ${reader.at}`);
  skipNumbers(reader, numbers);
}

function skipVector(reader: WasmReader): void {
  const code = reader.u32();
  if (code <= 11 || code === 92 || code === 93) skipMemoryArgument(reader);
  else if (code === 12 || code === 13) reader.take(16);
  else if (code >= 21 && code <= 34) reader.take(1);
  else if (code >= 84 && code <= 91) {
    skipMemoryArgument(reader);
    reader.take(1);
  }
}

function skipAtomic(reader: WasmReader): void {
  const FENCE = 0x03;
  if (reader.u32() === FENCE) reader.byte();
  else skipMemoryArgument(reader);
}

function skipNumbers(reader: WasmReader, count: number): void {
  for (let left = count; left > 0; left--) reader.skipNumber();
}
