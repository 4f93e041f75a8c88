import { MalformedWasm, PREAMBLE_BYTES, WasmReader } from '../wasm-reader.ts';

/** The minimum and maximum of a memory or table of a core module, and their position in the module. */
export interface Limits {
  readonly kind: 'memory' | 'table';
  /** Pages of 64 KiB, or table entries. */
  readonly min: bigint;
  /** Absent: the module sets none. */
  readonly max?: bigint;
  /** The largest possible size: its own maximum, or the range of its addresses. */
  readonly reach: bigint;
  readonly flags: number;
  /** Position of the limits in the module: from the flags to the last number. */
  readonly start: number;
  readonly end: number;
}

export const PAGE_BYTES = 65_536;

/** https://webassembly.github.io/spec/core/binary/modules.html#sections and binary/types.html#limits */
const TABLE_SECTION = 4;
const MEMORY_SECTION = 5;
const HAS_MAX = 0x01;
const SHARED = 0x02;
const ADDRESS_64 = 0x04;

/** The range of an address of 32 or 64 bits: https://webassembly.github.io/spec/core/valid/types.html#memory-types and #table-types */
const ADDRESSED = {
  memory: { by32: 2n ** 16n, by64: 2n ** 48n },
  table: { by32: 2n ** 32n - 1n, by64: 2n ** 64n - 1n },
} as const;

const TABLE_WITH_INITIAL_VALUE = 0x40;
const NULLABLE_REFERENCE = 0x63;
const REFERENCE = 0x64;

/** Memories and tables that a valid core module defines, without imported ones. Throws MalformedWasm for unknown forms. */
export function limitsIn(module: Uint8Array): readonly Limits[] {
  const limits: Limits[] = [];
  for (const { id, content } of new WasmReader(module, PREAMBLE_BYTES).sections()) {
    if (id === MEMORY_SECTION) {
      for (let left = content.u32(); left > 0; left--) limits.push(readLimits(content, 'memory'));
    }
    if (id === TABLE_SECTION) {
      for (let left = content.u32(); left > 0; left--) limits.push(readTable(content));
    }
  }
  return limits;
}

/** The module with other maximums. `limits` are all of the module's. */
export function withMaximums(
  module: Uint8Array,
  limits: readonly Limits[],
  maximums: ReadonlyMap<Limits, bigint>,
): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = [module.subarray(0, PREAMBLE_BYTES)];
  for (const { id, start, content } of new WasmReader(module, PREAMBLE_BYTES).sections()) {
    if (id !== MEMORY_SECTION && id !== TABLE_SECTION) {
      pieces.push(module.subarray(start, content.end));
      continue;
    }
    const rewritten: Uint8Array[] = [];
    let at = content.at;
    for (const each of limits.filter((each) => each.start >= content.at && each.end <= content.end)) {
      rewritten.push(module.subarray(at, each.start), encode(each, maximums.get(each)));
      at = each.end;
    }
    rewritten.push(module.subarray(at, content.end));
    const body = Buffer.concat(rewritten);
    pieces.push(Uint8Array.of(id, ...unsigned(BigInt(body.length))), body);
  }
  return Buffer.concat(pieces);
}

function readLimits(reader: WasmReader, kind: Limits['kind']): Limits {
  const start = reader.at;
  const flags = reader.byte();
  if ((flags & ~(HAS_MAX | SHARED | ADDRESS_64)) !== 0)
    throw new MalformedWasm(`a ${kind} has flags ${flags}, which are not known`);
  const min = reader.u64();
  const max = (flags & HAS_MAX) === 0 ? undefined : reader.u64();
  const reach = max ?? ADDRESSED[kind][(flags & ADDRESS_64) === 0 ? 'by32' : 'by64'];
  return { kind, min, ...(max !== undefined && { max }), reach, flags, start, end: reader.at };
}

function readTable(reader: WasmReader): Limits {
  const first = reader.byte();
  const hasInitialValue = first === TABLE_WITH_INITIAL_VALUE;
  // 0x40 0x00, then the type of the entries.
  if (hasInitialValue) reader.byte();
  const type = hasInitialValue ? reader.byte() : first;
  if (type === NULLABLE_REFERENCE || type === REFERENCE) reader.skipNumber();
  const limits = readLimits(reader, 'table');
  if (hasInitialValue) skipReference(reader);
  return limits;
}

/** A constant expression that makes a reference. */
function skipReference(reader: WasmReader): void {
  const GLOBAL_GET = 0x23;
  const REF_NULL = 0xd0;
  const REF_FUNC = 0xd2;
  const END = 0x0b;
  const instruction = reader.byte();
  if (instruction !== GLOBAL_GET && instruction !== REF_NULL && instruction !== REF_FUNC) {
    throw new MalformedWasm(`a table begins with instruction ${instruction}, which is not known`);
  }
  reader.skipNumber();
  if (reader.byte() !== END) throw new MalformedWasm('a table begins with a computed value, which is not supported');
}

function encode({ flags, min }: Limits, max = min): Uint8Array {
  return Uint8Array.of(flags | HAS_MAX, ...unsigned(min), ...unsigned(max));
}

/** As LEB128. */
export function unsigned(value: bigint): number[] {
  const bytes: number[] = [];
  for (let left = value; ;) {
    const seven = Number(left & 0x7fn);
    left >>= 7n;
    if (left === 0n) return [...bytes, seven];
    bytes.push(seven | 0x80);
  }
}
