import { MalformedWasm, PREAMBLE_BYTES, WasmReader } from '../wasm-reader.ts';
import { exportOf, readExternName, readSort, Sort, TypeScope, UNKNOWN } from './type-scope.ts';
import type { WitInterface, WitType } from './wit-type.ts';

/** The types of a component's imports and exports, by full name with version. */
export interface Outside {
  readonly imports: ReadonlyMap<string, WitType>;
  readonly exports: ReadonlyMap<string, WitType>;
}

/** https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md#component-definitions */
const Section = { component: 4, instance: 5, alias: 6, type: 7, canon: 8, import: 10, export: 11 } as const;

/** Limit of all scopes together; large interpreters have some thousand. */
const MOST_ITEMS = 100_000;

/**
 * Reads the types of a component's imports and exports. A type that can't be determined is UNKNOWN: these types are only used in messages and
 * for the errors of stubs, and the transpiler checks that the component is valid. Never throws.
 */
export function outsideOf(component: Uint8Array): Outside {
  let items = 0;
  const count = (): void => {
    if (++items > MOST_ITEMS) throw new MalformedWasm(`it has more than ${MOST_ITEMS} types and items`);
  };
  const body = new ComponentBody(new TypeScope(count));
  try {
    body.read(new WasmReader(component));
  } catch (thrown) {
    if (!(thrown instanceof MalformedWasm)) throw thrown;
  }
  return body;
}

/** One component: the outermost, or one within it. */
class ComponentBody implements Outside {
  readonly imports = new Map<string, WitType>();
  readonly exports = new Map<string, WitType>();
  readonly #scope: TypeScope;
  /** Whether every function so far was understood. If not, the indexes of later ones are unknown. */
  #functionsKnown = true;

  constructor(scope: TypeScope) {
    this.#scope = scope;
  }

  read(reader: WasmReader): void {
    reader.take(PREAMBLE_BYTES);
    for (const { id, content } of reader.sections()) {
      if (id === Section.component) this.#readComponent(content);
      else if (id === Section.canon) this.#readCanon(content);
      else {
        const read = this.#readerOf(id, content);
        if (read !== undefined) for (let left = content.u32(); left > 0; left--) read();
      }
    }
  }

  #readerOf(id: number, content: WasmReader): (() => void) | undefined {
    const scope = this.#scope;
    switch (id) {
      case Section.instance:
        return () => scope.add(Sort.instance, this.#readInstance(content));
      case Section.alias:
        return () => scope.readAlias(content);
      case Section.type:
        return () => scope.add(Sort.type, readOwnType(scope, content));
      case Section.import:
        return () => this.#readImport(content);
      case Section.export:
        return () => this.#readExport(content);
    }
    return undefined;
  }

  #readComponent(content: WasmReader): void {
    const inner = new ComponentBody(this.#scope.inner());
    inner.read(content);
    this.#scope.add(Sort.component, { kind: 'interface', exports: inner.exports });
  }

  /** The exports of an instance: of the component that it instantiates, or a list of its own. */
  #readInstance(content: WasmReader): WitType {
    const isPutTogether = content.byte() === 0x01;
    if (!isPutTogether) {
      const made = this.#scope.at(Sort.component, content.u32());
      for (let left = content.u32(); left > 0; left--) {
        content.name();
        readSort(content);
        content.u32();
      }
      return made;
    }
    const exports = new Map<string, WitType>();
    for (let left = content.u32(); left > 0; left--) {
      const name = readExternName(content);
      exports.set(name, this.#at(readSort(content), content.u32()));
    }
    return { kind: 'interface', exports } satisfies WitInterface;
  }

  #readImport(content: WasmReader): void {
    const name = readExternName(content);
    const { sort, item } = this.#scope.readDescription(content, name);
    this.#scope.add(sort, item);
    this.imports.set(name, item);
  }

  #readExport(content: WasmReader): void {
    const name = readExternName(content);
    const sort = readSort(content);
    const index = content.u32();
    const isDescribed = content.byte() === 0x01;
    const described = isDescribed ? this.#scope.readDescription(content, name).item : UNKNOWN;
    const item = described.kind === 'unknown' ? this.#at(sort, index) : described;
    this.#scope.add(sort, item);
    this.exports.set(name, item);
  }

  #at(sort: number, index: number): WitType {
    return sort === Sort.function && !this.#functionsKnown ? UNKNOWN : this.#scope.at(sort, index);
  }

  /** Only lifting creates functions of a component. Other items are not distinguished. */
  #readCanon(content: WasmReader): void {
    for (let left = content.u32(); left > 0; left--) {
      const form = content.byte();
      if (form === 0x00) {
        content.byte();
        content.u32();
        if (!skipOptions(content)) return void (this.#functionsKnown = false);
        this.#scope.add(Sort.function, this.#scope.at(Sort.type, content.u32()));
      } else if (form === 0x01) {
        content.byte();
        content.u32();
        if (!skipOptions(content)) return void (this.#functionsKnown = false);
      } else if (form >= 0x02 && form <= 0x04) content.u32();
      else return void (this.#functionsKnown = false);
    }
  }
}

/** A component may define its own resources. */
function readOwnType(scope: TypeScope, content: WasmReader): WitType {
  const form = content.peek();
  if (form !== 0x3f) return scope.readType(content);
  content.byte();
  content.byte();
  if (content.byte() === 0x01) content.u32();
  return { kind: 'resource', name: 'resource' };
}

/** Returns whether they were understood. */
function skipOptions(content: WasmReader): boolean {
  for (let left = content.u32(); left > 0; left--) {
    const option = content.byte();
    if (option > 0x07) return false;
    if (option >= 0x03 && option !== 0x06) content.u32();
  }
  return true;
}

/** The functions of an import or export by name. A function has one, under its own name. */
export function functionsIn(name: string, type: WitType): ReadonlyMap<string, WitType> {
  if (type.kind === 'function') return new Map([[name, type]]);
  if (type.kind !== 'interface') return new Map();
  return new Map([...type.exports].filter(([each]) => exportOf(type, each).kind === 'function'));
}
