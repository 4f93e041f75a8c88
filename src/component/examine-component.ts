import { type ErrorPlace, SluiceError } from '../errors.ts';
import { type ComponentFile, readComponentFile } from './component-file.ts';
import { type ComponentOutline, outlineOf } from './component-outline.ts';
import { isWitName } from './glue-names.ts';
import { MalformedWasm } from './wasm-reader.ts';

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
