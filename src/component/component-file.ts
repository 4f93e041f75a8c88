import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { type ErrorPlace, SluiceError } from '../errors.ts';
import { fileTrouble, openRegularFile } from '../regular-file.ts';
import { type ComponentOutline, outlineOf } from './component-outline.ts';
import { type CoreKind, componentOf } from './core-module.ts';
import { isWitName } from './glue/glue-names.ts';
import { PREAMBLE_BYTES, wellFormed } from './wasm-reader.ts';

/** Limit of a component's file. The largest from known toolchains have some 20 MB. */
const MOST_BYTES = 256 * 2 ** 20;

export interface ComponentFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** SHA-256 in hex. */
  readonly digest: string;
  /** Whether it is a core module, which may be made a component (core-module.ts). */
  readonly isCore: boolean;
}

/** Magic number, version, layer: https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md#component-definitions */
const COMPONENT = '0061736d0d000100';
const DRAFT_COMPONENT = '0061736d0c000100';
const CORE_MODULE = '0061736d01000000';
const MAGIC = '0061736d';

/** Reads a component's file. Its first bytes must mark it as a component or a core module. Rejects with SLU2001 or SLU2002. */
export async function readComponentFile(path: string, place: ErrorPlace, signal: AbortSignal): Promise<ComponentFile> {
  try {
    await using file = await openRegularFile(path, MOST_BYTES);
    const preamble = await preambleOf(file);
    if (preamble !== CORE_MODULE) checkPreamble(preamble, place);
    const bytes = await file.readFile({ signal });
    const digest = createHash('sha256').update(bytes).digest('hex');
    return { bytes, digest, isCore: preamble === CORE_MODULE };
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
  if (!preamble.startsWith(MAGIC)) return ['a file that is not WebAssembly', build];
  if (preamble.length < COMPONENT.length) return ['a truncated file', 'build it again'];
  if (preamble === DRAFT_COMPONENT) return ['a component of a draft of 2023 (version 0x0c)', `it is too old: ${build}`];
  return [`WebAssembly of an unknown version (${preamble.slice(MAGIC.length)})`, build];
}

/** A component, read from its file but not yet transpiled. */
export interface ExaminedComponent {
  /** Bytes of the component: those of the file, unless that is a core module. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** SHA-256 of the file in hex. It identifies everything that is derived from the file. */
  readonly digest: string;
  /** Size of the file in bytes. */
  readonly size: number;
  readonly outline: ComponentOutline;
  /** The kind of core module that was made a component. Absent: the file is a component. */
  readonly core?: CoreKind;
}

/**
 * Reads a component and looks at it, without transpiling anything; a core module is made one first, once for each `cacheDir`. Rejects with
 * SLU2001, SLU2002, SLU2008 to SLU2010 or SLU2012.
 */
export async function examineComponent(
  path: string,
  cacheDir: string,
  place: ErrorPlace,
  signal: AbortSignal,
): Promise<ExaminedComponent> {
  const file = await readComponentFile(path, place, signal);
  const { digest } = file;
  const { bytes, core } = file.isCore ? await componentOf(file, cacheDir, place, signal) : { bytes: file.bytes };
  const outline = wellFormed(() => outlineOf(bytes), place);
  const odd = [...outline.imports, ...outline.exports].find((name) => !isWitName(name));
  if (odd === undefined)
    return { bytes, digest, size: file.bytes.length, outline, ...(core !== undefined && { core }) };
  throw new SluiceError('SLU2008', `the component imports or exports ${JSON.stringify(odd)}, which is no name of WIT`, {
    place,
    fix: 'import and export by package, interface and version, such as wasi:io/streams@0.2.6',
  });
}
