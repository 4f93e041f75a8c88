import type { Signatures } from './code-shape.ts';
import type { Arity } from './operand-stack.ts';
import { MalformedWasm, PREAMBLE_BYTES, WasmReader } from '../wasm-reader.ts';

/** https://webassembly.github.io/spec/core/binary/modules.html#sections */
const TYPE_SECTION = 1;
const IMPORT_SECTION = 2;
const FUNCTION_SECTION = 3;

/** Kinds of imports: https://webassembly.github.io/spec/core/binary/modules.html#import-section */
const FUNCTION = 0;
const TABLE = 1;
const MEMORY = 2;
const GLOBAL = 3;
const TAG = 4;

/** The types of the functions that a core module imports and defines; it has only function types. Throws MalformedWasm. */
export function signaturesIn(module: Uint8Array): Signatures & { readonly defined: readonly number[] } {
  const types: Arity[] = [];
  const imported: number[] = [];
  const defined: number[] = [];
  for (const { id, content } of new WasmReader(module, PREAMBLE_BYTES).sections()) {
    if (id !== TYPE_SECTION && id !== IMPORT_SECTION && id !== FUNCTION_SECTION) continue;
    for (let left = content.u32(); left > 0; left--) {
      if (id === TYPE_SECTION) types.push(readType(content));
      else if (id === FUNCTION_SECTION) defined.push(content.u32());
      else {
        const { kind, type } = readImport(content);
        if (kind === FUNCTION) imported.push(type);
      }
    }
  }
  return { types, functions: [...imported, ...defined], defined };
}

function readType(content: WasmReader): Arity {
  content.byte();
  const values = (): number => {
    const count = content.u32();
    for (let left = count; left > 0; left--) content.skipValueType();
    return count;
  };
  return { takes: values(), gives: values() };
}

/** The kind of an import, by the numbers of the binary format; `type` is a function's type. Throws MalformedWasm. */
export function readImport(content: WasmReader): { readonly kind: number; readonly type: number } {
  content.name();
  content.name();
  const kind = content.byte();
  if (kind === FUNCTION) return { kind, type: content.u32() };
  if (kind === TABLE) {
    content.skipValueType();
    skipLimits(content);
  } else if (kind === MEMORY) skipLimits(content);
  else if (kind === GLOBAL) {
    content.skipValueType();
    content.byte();
  } else if (kind === TAG) {
    content.byte();
    content.skipNumber();
  } else throw new MalformedWasm(`an import of kind ${kind} is not known`);
  return { kind, type: -1 };
}

function skipLimits(content: WasmReader): void {
  const HAS_MAX = 0x01;
  const HAS_PAGE_SIZE = 0x08;
  const flags = content.byte();
  content.skipNumber();
  if ((flags & HAS_MAX) !== 0) content.skipNumber();
  if ((flags & HAS_PAGE_SIZE) !== 0) content.skipNumber();
}
