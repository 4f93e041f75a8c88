import { PREAMBLE_BYTES, WasmReader } from './wasm-reader.ts';

const CUSTOM_SECTION = 0;

/** The module or component without its own custom sections (names, producers, documentation); those of modules within it stay. */
export function withoutCustomSections(wasm: Uint8Array): Uint8Array {
  const kept = [wasm.subarray(0, PREAMBLE_BYTES)];
  for (const { id, start, content } of new WasmReader(wasm, PREAMBLE_BYTES).sections()) {
    if (id !== CUSTOM_SECTION) kept.push(wasm.subarray(start, content.end));
  }
  return Buffer.concat(kept);
}
