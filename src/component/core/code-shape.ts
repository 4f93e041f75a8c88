import { type Arity, arityOf, atomicArity, bulkArity, OperandStack, vectorArity } from './operand-stack.ts';
import { MalformedWasm, type WasmReader } from '../wasm-reader.ts';

/** A module's declarations of its functions, before their bodies. */
export interface Signatures {
  /** By their index. */
  readonly types: readonly Arity[];
  /** The type of each function by its index, imported ones first. */
  readonly functions: readonly number[];
}

/** The cost of one function for a compiler. */
export interface FunctionShape {
  /** Size of its body. */
  readonly bytes: number;
  /** Its parameters are among them. */
  readonly locals: number;
  /**
   * The number of values that a compiler records: all locals and operands at each conditional branch and each target of `br_table`, and the
   * parameters and results of each block and call.
   */
  readonly branchValues: number;
  /** Its first instruction whose effect can't be reset from outside: a change of a table, or a dropped segment. Absent: it has none. */
  readonly lasting?: string;
}

/** An instruction of a proposal that is not allowed. */
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
const END = 0x0b;
const BR = 0x0c;
const BR_IF = 0x0d;
const BR_TABLE = 0x0e;
const CALL = 0x10;
const CALL_INDIRECT = 0x11;
const CALL_REF = 0x14;
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

/** How many numbers follow an instruction; includes CATCH, RETHROW and so on. */
const numbersBehind = new Map<number, number>([
  ...[CATCH, 0x08, 0x09, BR, BR_IF, 0x12, 0x15, DELEGATE].map((code) => [code, 1] as const),
  ...[0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x3f, 0x40].map((code) => [code, 1] as const),
  ...[I32_CONST, I64_CONST, 0xd0, 0xd2, BR_ON_NULL, BR_ON_NON_NULL].map((code) => [code, 1] as const),
  [0x13, 2],
]);
/** Code after these is unreachable: `unreachable`, `throw`, `rethrow`, `throw_ref`, `br`, `return`, and tail calls. */
const leaving = new Set([0x00, 0x08, 0x09, 0x0a, BR, 0x0f, 0x12, 0x13, 0x15]);
const branching = new Set([ELSE, CATCH, CATCH_ALL, BR, BR_IF, DELEGATE, BR_ON_NULL, BR_ON_NON_NULL]);
const TABLE_SET = 0x26;
/** Instructions after 0xfc that change tables or drop segments, by the number that follows. */
const lastingBulk = new Map([
  [9, 'data.drop'],
  [12, 'table.init'],
  [13, 'elem.drop'],
  [14, 'table.copy'],
  [15, 'table.grow'],
  [17, 'table.fill'],
]);
/** Instructions after 0xfc that copy and fill, by the number that follows. */
const bulkNumbers = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

/** Reads the body of the function of that type, from its locals to its end. Throws MalformedWasm, or ForbiddenInstruction. */
export function shapeOf(body: WasmReader, type: number, signatures: Signatures): FunctionShape {
  const bytes = body.end - body.at;
  let locals = typeOf(signatures, type).takes;
  for (let groups = body.u32(); groups > 0; groups--) {
    locals += body.u32();
    body.skipValueType();
  }
  const stack = new OperandStack();
  let branchValues = 0;
  let lasting: string | undefined;
  while (!body.done) {
    const { height } = stack;
    const instruction = readInstruction(body, stack, signatures);
    branchValues += instruction.branches * (locals + height) + instruction.handedOver;
    lasting ??= instruction.lasting;
  }
  return { bytes, locals, branchValues, ...(lasting !== undefined && { lasting }) };
}

interface Instruction {
  /** How many branches the instruction counts as. */
  readonly branches: number;
  /** Counts the values that a block or call takes and returns. */
  readonly handedOver: number;
  /** Its name, if it belongs in FunctionShape.lasting. */
  readonly lasting?: string;
}

const branchesOnly = (branches: number): Instruction => ({ branches, handedOver: 0 });
const [NO_BRANCH, ONE_BRANCH] = [branchesOnly(0), branchesOnly(1)];

function readInstruction(reader: WasmReader, stack: OperandStack, signatures: Signatures): Instruction {
  const code = reader.byte();
  if (code === BLOCK || code === LOOP || code === IF || code === TRY) {
    if (code === IF) stack.change(arityOf(BR_IF));
    const arity = readBlockType(reader, signatures);
    stack.enter(arity);
    return { branches: code === BLOCK ? 0 : 1, handedOver: arity.takes + arity.gives };
  }
  if (code === TRY_TABLE) return branchesOnly(readHandlers(reader, stack, signatures));
  if (code === CALL || code === CALL_INDIRECT || code === CALL_REF) return readCall(code, reader, stack, signatures);
  if (code === BR_TABLE) {
    const targets = readTargets(reader);
    stack.cut();
    return branchesOnly(targets);
  }
  if (code === TYPED_SELECT) for (let left = reader.u32(); left > 0; left--) reader.skipValueType();
  else if (code >= 0x28 && code <= 0x3e) skipMemoryArgument(reader);
  else if (code === F32_CONST) reader.take(4);
  else if (code === F64_CONST) reader.take(8);
  else if (code === 0xfc) return readBulk(reader, stack);
  else if (code === 0xfd) stack.change(skipVector(reader));
  else if (code === 0xfe) stack.change(skipAtomic(reader));
  else if (code === 0xfb || code === 0xd3) throw new ForbiddenInstruction('garbage-collected types');
  else if (code >= 0xe0 && code <= 0xe6) throw new ForbiddenInstruction('stack switching');
  else skipNumbers(reader, numbersBehind.get(code) ?? 0);
  if (code === ELSE || code === CATCH || code === CATCH_ALL) stack.otherwise();
  else if (code === END || code === DELEGATE) stack.leave();
  else if (leaving.has(code)) stack.cut();
  else stack.change(arityOf(code));
  if (code === TABLE_SET) return { ...NO_BRANCH, lasting: 'table.set' };
  return branching.has(code) ? ONE_BRANCH : NO_BRANCH;
}

function readBlockType(reader: WasmReader, signatures: Signatures): Arity {
  const NO_VALUE = 0x40;
  // A type is encoded as its number; a value type as a negative number of one byte, unless it is a reference with its heap type.
  const first = reader.peek();
  if (first < NO_VALUE || first >= 0x80) return typeOf(signatures, reader.u32());
  reader.skipValueType();
  return { takes: 0, gives: first === NO_VALUE ? 0 : 1 };
}

function readCall(code: number, reader: WasmReader, stack: OperandStack, signatures: Signatures): Instruction {
  const index = reader.u32();
  if (code === CALL_INDIRECT) reader.skipNumber();
  if (code !== CALL) stack.change(arityOf(BR_IF));
  const arity = typeOf(signatures, code === CALL ? signatures.functions[index] : index);
  stack.change(arity);
  return { branches: 0, handedOver: arity.takes + arity.gives };
}

function typeOf({ types }: Signatures, index: number | undefined): Arity {
  const type = index === undefined ? undefined : types[index];
  if (type === undefined) throw new MalformedWasm('a function or block has a type that is not there');
  return type;
}

function readTargets(reader: WasmReader): number {
  const targets = reader.u32() + 1;
  skipNumbers(reader, targets);
  return targets;
}

function readHandlers(reader: WasmReader, stack: OperandStack, signatures: Signatures): number {
  stack.enter(readBlockType(reader, signatures));
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

function readBulk(reader: WasmReader, stack: OperandStack): Instruction {
  const code = reader.u32();
  const numbers = bulkNumbers[code];
  if (numbers === undefined) throw new MalformedWasm(`an instruction is not known, before byte ${reader.at}`);
  skipNumbers(reader, numbers);
  stack.change(bulkArity(code));
  const lasting = lastingBulk.get(code);
  return lasting === undefined ? NO_BRANCH : { ...NO_BRANCH, lasting };
}

function skipVector(reader: WasmReader): Arity {
  const code = reader.u32();
  if (code <= 11 || code === 92 || code === 93) skipMemoryArgument(reader);
  else if (code === 12 || code === 13) reader.take(16);
  else if (code >= 21 && code <= 34) reader.take(1);
  else if (code >= 84 && code <= 91) {
    skipMemoryArgument(reader);
    reader.take(1);
  }
  return vectorArity(code);
}

function skipAtomic(reader: WasmReader): Arity {
  const FENCE = 0x03;
  const code = reader.u32();
  if (code === FENCE) reader.byte();
  else skipMemoryArgument(reader);
  return atomicArity(code);
}

function skipNumbers(reader: WasmReader, count: number): void {
  for (let left = count; left > 0; left--) reader.skipNumber();
}
