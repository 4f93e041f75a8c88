import { MalformedWasm, type WasmReader } from '../wasm-reader.ts';
import type { WitCase, WitFunction, WitInterface, WitType } from './wit-type.ts';

// Numbers of https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md

/** The kinds of things that an index may refer to. */
export const Sort = { core: 0x00, function: 0x01, value: 0x02, type: 0x03, component: 0x04, instance: 0x05 } as const;

const PRIMITIVES: Readonly<Record<number, string>> = {
  0x7f: 'bool',
  0x7e: 's8',
  0x7d: 'u8',
  0x7c: 's16',
  0x7b: 'u16',
  0x7a: 's32',
  0x79: 'u32',
  0x78: 's64',
  0x77: 'u64',
  0x76: 'f32',
  0x75: 'f64',
  0x74: 'char',
  0x73: 'string',
  0x64: 'error-context',
};

export const UNKNOWN: WitType = { kind: 'unknown' };

/**
 * The things that indexes refer to in one component, or in one type of a component or an instance. An index without a referent is UNKNOWN: the
 * transpiler decides whether a component is valid.
 */
export class TypeScope {
  readonly #outer: TypeScope | undefined;
  readonly #count: () => void;
  readonly #items = new Map<number, WitType[]>();

  /** Depth: the number of enclosing scopes. */
  readonly #depth: number;

  /** `count` is called for each item and throws if there are too many. */
  constructor(count: () => void, outer?: TypeScope) {
    this.#count = count;
    this.#outer = outer;
    this.#depth = outer === undefined ? 0 : outer.#depth + 1;
  }

  add(sort: number, item: WitType): void {
    this.#count();
    const items = this.#items.get(sort);
    if (items === undefined) this.#items.set(sort, [item]);
    else items.push(item);
  }

  at(sort: number, index: number): WitType {
    return this.#items.get(sort)?.[index] ?? UNKNOWN;
  }

  /** Scopes are nested no deeper than this. */
  inner(): TypeScope {
    const MOST_DEEP = 50;
    if (this.#depth === MOST_DEEP) throw new MalformedWasm(`its types are nested more than ${MOST_DEEP} deep`);
    return new TypeScope(this.#count, this);
  }

  /** An alias of an instance's export, or of an item of an outer scope. */
  readAlias(reader: WasmReader): void {
    const sort = readSort(reader);
    const target = reader.byte();
    const index = reader.u32();
    if (target !== 0x02) {
      const name = reader.name();
      if (target === 0x00 && sort !== Sort.core) this.add(sort, exportOf(this.at(Sort.instance, index), name));
      return;
    }
    const item = reader.u32();
    if (sort !== Sort.core) this.add(sort, this.#out(index)?.at(sort, item) ?? UNKNOWN);
  }

  #out(steps: number): TypeScope | undefined {
    return steps === 0 || this.#outer === undefined ? this : this.#outer.#out(steps - 1);
  }

  /** A definition of a type section. */
  readType(reader: WasmReader): WitType {
    const form = reader.peek();
    if (form === 0x40 || form === 0x43) return this.#readFunction(reader);
    if (form === 0x42 || form === 0x41) return this.#readDeclarations(reader);
    if (form === 0x3f || form === 0x3e) throw new MalformedWasm('a resource of its own is not looked at');
    return this.#readValueType(reader);
  }

  /** The declared type of an import or export, with its sort. Toolchains put `import-type-` before the names of types that an export uses. */
  readDescription(reader: WasmReader, name: string): { readonly sort: number; readonly item: WitType } {
    const sort = readSort(reader);
    if (sort === Sort.type) {
      const isResource = reader.byte() === 0x01;
      const type: WitType = isResource ? { kind: 'resource', name } : this.at(Sort.type, reader.u32());
      return { sort, item: isResource ? type : { kind: 'named', name: name.replace(/^import-type-/, ''), type } };
    }
    if (sort === Sort.value) reader.byte();
    const index = reader.u32();
    return { sort, item: this.at(Sort.type, index) };
  }

  #readFunction(reader: WasmReader): WitFunction {
    const async = reader.byte() === 0x43;
    const params = this.#each(reader, () => ({ name: reader.name(), type: this.#readReference(reader) }));
    const hasResult = reader.byte() === 0x00;
    if (hasResult) return { kind: 'function', async, params, result: this.#readReference(reader) };
    reader.byte();
    return { kind: 'function', async, params };
  }

  /** The type of an instance or a component: its exports. */
  #readDeclarations(reader: WasmReader): WitInterface {
    reader.byte();
    const scope = this.inner();
    const exports = new Map<string, WitType>();
    for (let left = reader.u32(); left > 0; left--) {
      const form = reader.byte();
      if (form === 0x01) scope.add(Sort.type, scope.readType(reader));
      else if (form === 0x02) scope.readAlias(reader);
      else if (form === 0x03 || form === 0x04) {
        const name = readExternName(reader);
        const { sort, item } = scope.readDescription(reader, name);
        scope.add(sort, item);
        if (form === 0x04) exports.set(name, item);
      } else throw new MalformedWasm(`a declaration of form ${form} is not known`);
    }
    return { kind: 'interface', exports };
  }

  #readValueType(reader: WasmReader): WitType {
    const form = reader.byte();
    const reference = (): WitType => this.#readReference(reader);
    const optional = (): WitType | undefined => (reader.byte() === 0x01 ? reference() : undefined);
    const primitive = PRIMITIVES[form];
    if (primitive !== undefined) return { kind: 'primitive', name: primitive };
    switch (form) {
      case 0x72:
        return { kind: 'record', cases: this.#each(reader, () => ({ name: reader.name(), type: reference() })) };
      case 0x71:
        return { kind: 'variant', cases: this.#each(reader, () => this.#readCase(reader)) };
      case 0x70:
        return { kind: 'list', of: [reference()] };
      case 0x67: {
        const item = reference();
        reader.u32();
        return { kind: 'list', of: [item] };
      }
      case 0x63:
        return { kind: 'map', of: [reference(), reference()] };
      case 0x6f:
        return { kind: 'tuple', of: this.#each(reader, reference) };
      case 0x6e:
        return { kind: 'flags', cases: this.#each(reader, () => ({ name: reader.name() })) };
      case 0x6d:
        return { kind: 'enum', cases: this.#each(reader, () => ({ name: reader.name() })) };
      case 0x6b:
        return { kind: 'option', of: [reference()] };
      case 0x6a: {
        const [ok, err] = [optional(), optional()];
        return { kind: 'result', ...(ok && { ok }), ...(err && { err }) };
      }
      case 0x69:
      case 0x68:
        return { kind: form === 0x69 ? 'own' : 'borrow', resource: this.at(Sort.type, reader.u32()) };
      case 0x66:
      case 0x65: {
        const of = optional();
        return { kind: form === 0x66 ? 'stream' : 'future', of: of === undefined ? [] : [of] };
      }
      default:
        throw new MalformedWasm(`a type of form ${form} is not known`);
    }
  }

  #readCase(reader: WasmReader): WitCase {
    const name = reader.name();
    const type = reader.byte() === 0x01 ? this.#readReference(reader) : undefined;
    reader.byte();
    return { name, ...(type && { type }) };
  }

  /** A primitive type, or the index of another. */
  #readReference(reader: WasmReader): WitType {
    const primitive = PRIMITIVES[reader.peek()];
    if (primitive === undefined) return this.at(Sort.type, reader.u32());
    reader.byte();
    return { kind: 'primitive', name: primitive };
  }

  #each<Item>(reader: WasmReader, read: () => Item): Item[] {
    const items: Item[] = [];
    for (let left = reader.u32(); left > 0; left--) {
      this.#count();
      items.push(read());
    }
    return items;
  }
}

/** The kind of an item; that of a core item is `core`, whatever it is. */
export function readSort(reader: WasmReader): number {
  const sort = reader.byte();
  if (sort === Sort.core) reader.byte();
  return sort;
}

export function readExternName(reader: WasmReader): string {
  const form = reader.byte();
  if (form > 0x01) throw new MalformedWasm(`a name has form ${form}, which is not known`);
  return reader.name();
}

export function exportOf(type: WitType, name: string): WitType {
  return type.kind === 'interface' ? (type.exports.get(name) ?? UNKNOWN) : UNKNOWN;
}
