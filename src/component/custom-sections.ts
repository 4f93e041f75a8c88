import { MalformedWasm, PREAMBLE_BYTES, WasmReader } from './wasm-reader.ts';
import { LONGEST_NAME, shortened } from '../bounded-text.ts';

const CUSTOM_SECTION = 0;

/** The module or component without its own custom sections (names, producers, documentation); those of modules within it stay. */
export function withoutCustomSections(wasm: Uint8Array): Uint8Array {
  const kept = [wasm.subarray(0, PREAMBLE_BYTES)];
  for (const { id, start, content } of new WasmReader(wasm, PREAMBLE_BYTES).sections()) {
    if (id !== CUSTOM_SECTION) kept.push(wasm.subarray(start, content.end));
  }
  return Buffer.concat(kept);
}

const CORE_MODULE_SECTION = 1;
const COMPONENT_SECTION = 4;

/** The most tools that are listed, and modules that are read. */
const MOST = 50;

/**
 * The tools that claim to have made a component or a part of it: `wit-component 0.240.0`. The file may claim anything, so nothing depends on it.
 * https://github.com/WebAssembly/tool-conventions/blob/main/ProducersSection.md
 */
export function producersOf(component: Uint8Array): readonly string[] {
  const found = new Set<string>();
  const bodies = [new WasmReader(component)];
  for (let n = 0; n < bodies.length && n < MOST && found.size < MOST; n++) {
    try {
      const body = bodies[n]!;
      body.take(PREAMBLE_BYTES);
      for (const { id, content } of body.sections()) {
        if (id === CORE_MODULE_SECTION || id === COMPONENT_SECTION) bodies.push(content);
        else if (id === CUSTOM_SECTION && content.name() === 'producers') readProducers(content, found);
      }
    } catch (thrown) {
      // Bytes that are not WebAssembly have no producers, and sections of a core module have other meanings.
      if (!(thrown instanceof MalformedWasm)) throw thrown;
    }
  }
  return [...found].slice(0, MOST);
}

function readProducers(content: WasmReader, found: Set<string>): void {
  for (let fields = content.u32(); fields > 0; fields--) {
    content.name();
    for (let values = content.u32(); values > 0 && found.size < MOST; values--) {
      const [name, version] = [content.name(), content.name()];
      found.add(shortened(version === '' ? name : `${name} ${version}`, LONGEST_NAME));
    }
  }
}
