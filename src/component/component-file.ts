import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { type ErrorPlace, SluiceError } from '../errors.ts';
import { fileTrouble, openRegularFile } from '../regular-file.ts';
import { MalformedWasm, PREAMBLE_BYTES } from './wasm-reader.ts';
import { type ComponentOutline, outlineOf } from './component-outline.ts';
import { isWitName } from './glue/glue-names.ts';

/** Of a component's file. The largest that toolchains make have some 20 MB. */
const MOST_BYTES = 256 * 2 ** 20;

export interface ComponentFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** SHA-256 in hex. */
  readonly digest: string;
}

/** Magic number, version, layer: https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md#component-definitions */
const COMPONENT = '0061736d0d000100';
const DRAFT_COMPONENT = '0061736d0c000100';
const CORE_MODULE = '0061736d01000000';
const MAGIC = '0061736d';

/** Reads a component's file, of which the first bytes must say that it is one. Rejects with SLU2001 or SLU2002. */
export async function readComponentFile(path: string, place: ErrorPlace, signal: AbortSignal): Promise<ComponentFile> {
  try {
    await using file = await openRegularFile(path, MOST_BYTES);
    checkPreamble(await preambleOf(file), place);
    const bytes = await file.readFile({ signal });
    return { bytes, digest: createHash('sha256').update(bytes).digest('hex') };
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof SluiceError) throw cause;
    throw new SluiceError('SLU2001', `the component can't be read: ${fileTrouble(cause)}`, {
      cause,
      place,
      fix: `check that it is there: ls -l ${path}`,
    });
  }
}

/** Leaves the file's position at its start. */
async function preambleOf(file: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(PREAMBLE_BYTES), position: 0 });
  return buffer.toString('hex', 0, bytesRead);
}

function checkPreamble(preamble: string, place: ErrorPlace): void {
  if (preamble === COMPONENT) return;
  const [what, fix] = kindOf(preamble);
  throw new SluiceError('SLU2002', `wanted a WebAssembly component, got ${what}`, { place, fix });
}

function kindOf(preamble: string): readonly [what: string, fix: string] {
  const build = 'build it as a component, for wasm32-wasip2 or with `jco componentize`';
  if (preamble === '') return ['an empty file', 'build it again'];
  if (preamble === CORE_MODULE)
    return [
      'a core module',
      'make it a component: `jco new IN.wasm --wasi-command -o OUT.wasm` for a program (_start), `--wasi-reactor` for a library',
    ];
  if (!preamble.startsWith(MAGIC)) return ['a file that is not WebAssembly', build];
  if (preamble.length < COMPONENT.length) return ['a truncated file', 'build it again'];
  if (preamble === DRAFT_COMPONENT) return ['a component of a draft of 2023 (version 0x0c)', `it is too old: ${build}`];
  return [`WebAssembly of an unknown version (${preamble.slice(MAGIC.length)})`, build];
}

/** A component as its file says it is. */
export interface ExaminedComponent extends ComponentFile {
  readonly outline: ComponentOutline;
}

/** Reads a component and looks at it, without transpiling anything. Rejects with SLU2001, SLU2002 or SLU2008. */
export async function examineComponent(
  path: string,
  place: ErrorPlace,
  signal: AbortSignal,
): Promise<ExaminedComponent> {
  const file = await readComponentFile(path, place, signal);
  const outline = wellFormed(() => outlineOf(file.bytes), place);
  const odd = [...outline.imports, ...outline.exports].find((name) => !isWitName(name));
  if (odd === undefined) return { ...file, outline };
  throw new SluiceError('SLU2008', `the component imports or exports ${JSON.stringify(odd)}, which is no name of WIT`, {
    place,
    fix: 'import and export by package, interface and version, such as wasi:io/streams@0.2.6',
  });
}

/** What `read` finds in a binary; SLU2002 when that is malformed. */
export function wellFormed<Found>(read: () => Found, place: ErrorPlace): Found {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof MalformedWasm)) throw cause;
    throw new SluiceError('SLU2002', `the component is damaged: ${cause.message}`, {
      cause,
      place,
      fix: 'build or copy it again',
    });
  }
}
