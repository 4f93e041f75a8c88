import { MalformedWasm, PREAMBLE_BYTES, WasmReader } from './wasm-reader.ts';

/** A component's imports and exports, read without decoding their types. */
export interface ComponentOutline {
  /** All imports, by full name with version, including interfaces that hold only types. */
  readonly imports: readonly string[];
  /** Interfaces and functions that it exports, by the full name with version. */
  readonly exports: readonly string[];
  /** Names of all functions that are aliased from any instance. A function that is missing here is never called. */
  readonly called: ReadonlySet<string>;
}

/** Numbers of the component model's binary format: https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md */
const COMPONENT_SECTION = 4;
const ALIAS_SECTION = 6;
const IMPORT_SECTION = 10;
const EXPORT_SECTION = 11;

const CORE_SORT = 0x00;
const FUNCTION_SORT = 0x01;
const VALUE_SORT = 0x02;
const TYPE_SORT = 0x03;
const INSTANCE_SORT = 0x05;

/** The most sections and items that are read. Large interpreters have hundreds; more would block the event loop. */
const MOST_ITEMS = 100_000;

/** Throws MalformedWasm. The transpiler, which decodes everything, checks the rest. */
export function outlineOf(component: Uint8Array): ComponentOutline {
  let items = 0;
  const count = (): void => {
    if (++items > MOST_ITEMS) throw new MalformedWasm(`it has more than ${MOST_ITEMS} sections and items`);
  };
  const imports: string[] = [];
  const exports: string[] = [];
  const called = new Set<string>();
  const outermost = new WasmReader(component);
  // A list, not recursion: the file decides how deeply components are nested.
  const bodies = [outermost];
  for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) {
    body.take(PREAMBLE_BYTES);
    for (const { id, content } of body.sections()) {
      count();
      if (id === COMPONENT_SECTION) bodies.push(content);
      if (id === ALIAS_SECTION) for (const name of each(content, readAlias, count)) called.add(name);
      if (id === IMPORT_SECTION && body === outermost) imports.push(...each(content, readImport, count));
      if (id === EXPORT_SECTION && body === outermost) exports.push(...each(content, readExport, count));
    }
  }
  return { imports, exports, called };
}

/** The results of `read` for each item of a section, without `undefined`. */
function* each(
  section: WasmReader,
  read: (reader: WasmReader) => string | undefined,
  count: () => void,
): Generator<string> {
  for (let left = section.u32(); left > 0; left--) {
    count();
    const name = read(section);
    if (name !== undefined) yield name;
  }
}

function readImport(reader: WasmReader): string {
  const name = readExternName(reader);
  skipExternDescription(reader);
  return name;
}

/** The name, if the item is an interface or a function. */
function readExport(reader: WasmReader): string | undefined {
  const name = readExternName(reader);
  const sort = readSort(reader);
  reader.skipNumber();
  const hasDescription = reader.byte() === 0x01;
  if (hasDescription) skipExternDescription(reader);
  return sort === FUNCTION_SORT || sort === INSTANCE_SORT ? name : undefined;
}

/** The name, if the alias is of an instance's function. */
function readAlias(reader: WasmReader): string | undefined {
  const sort = readSort(reader);
  const fromOuterComponent = reader.byte() === 0x02;
  reader.skipNumber();
  if (fromOuterComponent) {
    reader.skipNumber();
    return undefined;
  }
  const name = reader.name();
  return sort === FUNCTION_SORT ? name : undefined;
}

/** The kind of an item; that of a core item is CORE_SORT, whatever it is. */
function readSort(reader: WasmReader): number {
  const sort = reader.byte();
  if (sort === CORE_SORT) reader.byte();
  return sort;
}

function readExternName(reader: WasmReader): string {
  const form = reader.byte();
  if (form > 0x01) throw new MalformedWasm(`a name has form ${form}, which is not known`);
  return reader.name();
}

function skipExternDescription(reader: WasmReader): void {
  const sort = readSort(reader);
  if (sort === VALUE_SORT || sort === TYPE_SORT) {
    const bound = reader.byte();
    // A type without a bound (a resource) has no number after it.
    if (sort === TYPE_SORT && bound === 0x01) return;
  }
  reader.skipNumber();
}
