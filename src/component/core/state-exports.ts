import { unsigned } from './core-limits.ts';
import { readImport } from './signatures.ts';
import { MalformedWasm, PREAMBLE_BYTES, WasmReader } from '../wasm-reader.ts';

/** Prefix of the exports that Sluice adds to a core module. */
export const STATE_EXPORT = 'sluice:state/';

/** The most globals of a module, since each is reset separately. [QuickJS 1, Go 8] */
const MOST_GLOBALS = 256;

/** https://webassembly.github.io/spec/core/binary/modules.html#sections */
const IMPORT_SECTION = 2;
const MEMORY_SECTION = 5;
const GLOBAL_SECTION = 6;
const EXPORT_SECTION = 7;
/**
 * The start function, elements, code, data and the count of data. Exports come before these; everything else that is read here comes before exports.
 */
const behindExports = new Set([8, 9, 10, 11, 12]);

/** The same for imports and exports. */
const MEMORY = 2;
const GLOBAL = 3;

/** i32, i64, f32, f64. The host can't read and write vectors and references unchanged. */
const numbers = new Set([0x7f, 0x7e, 0x7d, 0x7c]);

/** The memories and globals of a core module can't be reset from outside; the message says why. */
export class StateOutOfReach extends Error {
  override readonly name = 'StateOutOfReach';
}

/**
 * The module with all its memories and mutable globals exported as well, under names that begin with STATE_EXPORT, so that an instance can be reset
 * to its first state. Only the host can use these exports: imports between core modules are already resolved. Throws StateOutOfReach, or
 * MalformedWasm for unknown forms.
 */
export function withStateExported(module: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const imported = { [MEMORY]: 0, [GLOBAL]: 0 };
  const added: Uint8Array[] = [];
  const pieces: Uint8Array[] = [module.subarray(0, PREAMBLE_BYTES)];
  let isWritten = false;
  const write = (exports?: WasmReader): void => {
    if (!isWritten) pieces.push(...exportSection(module, exports, added));
    isWritten = true;
  };
  for (const { id, start, content } of new WasmReader(module, PREAMBLE_BYTES).sections()) {
    if (id === EXPORT_SECTION) {
      write(content);
      continue;
    }
    if (behindExports.has(id)) write();
    if (id === IMPORT_SECTION) {
      for (let left = content.u32(); left > 0; left--) {
        const { kind } = readImport(content);
        if (kind === MEMORY || kind === GLOBAL) imported[kind] += 1;
      }
    } else if (id === MEMORY_SECTION) {
      for (let count = content.u32(), n = 0; n < count; n++) added.push(exportOf(MEMORY, imported[MEMORY] + n));
    } else if (id === GLOBAL_SECTION) {
      for (const n of mutableGlobals(content)) added.push(exportOf(GLOBAL, imported[GLOBAL] + n));
    }
    pieces.push(module.subarray(start, content.end));
  }
  write();
  return Buffer.concat(pieces);
}

/** Indexes of the mutable globals among those that a module defines. */
function mutableGlobals(content: WasmReader): readonly number[] {
  const found: number[] = [];
  for (let count = content.u32(), n = 0; n < count; n++) {
    const type = content.peek();
    content.skipValueType();
    const isMutable = content.byte() === 0x01;
    skipConstant(content);
    if (!isMutable) continue;
    if (!numbers.has(type)) throw new StateOutOfReach('a mutable global that is no number');
    found.push(n);
  }
  if (found.length > MOST_GLOBALS) throw new StateOutOfReach(`${found.length} mutable globals`);
  return found;
}

/** https://webassembly.github.io/spec/core/valid/instructions.html#constant-expressions */
function skipConstant(content: WasmReader): void {
  const END = 0x0b;
  for (let code = content.byte(); code !== END; code = content.byte()) {
    // Constants; another global, a null and a function; sum, difference and product of two integers.
    if (code === 0x43) content.take(4);
    else if (code === 0x44) content.take(8);
    else if (code === 0xfd && content.u32() === 12) content.take(16);
    else if ([0x41, 0x42, 0x23, 0xd0, 0xd2].includes(code)) content.skipNumber();
    else if (![0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e].includes(code))
      throw new MalformedWasm(`a global begins with instruction ${code}, which is not known`);
  }
}

function exportOf(kind: number, index: number): Uint8Array {
  const name = Buffer.from(`${STATE_EXPORT}${kind}/${index}`);
  return Buffer.concat([leb(name.length), name, Uint8Array.of(kind), leb(index)]);
}

/** `own`: the module's existing exports. */
function exportSection(module: Uint8Array, own: WasmReader | undefined, added: readonly Uint8Array[]): Uint8Array[] {
  const count = own?.u32() ?? 0;
  const kept = own === undefined ? new Uint8Array() : module.subarray(own.at, own.end);
  for (let left = count; left > 0; left--) {
    if (own?.name().startsWith(STATE_EXPORT)) throw new StateOutOfReach(`an export that begins with ${STATE_EXPORT}`);
    own?.byte();
    own?.skipNumber();
  }
  const body = Buffer.concat([leb(count + added.length), kept, ...added]);
  return [Uint8Array.of(EXPORT_SECTION), leb(body.length), body];
}

function leb(value: number): Uint8Array {
  return Uint8Array.from(unsigned(BigInt(value)));
}
