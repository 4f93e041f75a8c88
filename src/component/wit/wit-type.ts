/** A type of a component, in the detail that Sluice needs. Types refer to other types, never in a circle. */
export type WitType =
  | { readonly kind: 'primitive'; readonly name: string }
  /** A type that an interface names. */
  | { readonly kind: 'named'; readonly name: string; readonly type: WitType }
  | { readonly kind: 'resource'; readonly name: string }
  | { readonly kind: 'own' | 'borrow'; readonly resource: WitType }
  | { readonly kind: 'list' | 'option' | 'map' | 'tuple' | 'stream' | 'future'; readonly of: readonly WitType[] }
  | { readonly kind: 'result'; readonly ok?: WitType; readonly err?: WitType }
  | { readonly kind: 'record' | 'variant' | 'enum' | 'flags'; readonly cases: readonly WitCase[] }
  | WitFunction
  | WitInterface
  /** A type that was not understood or does not matter. */
  | { readonly kind: 'unknown' };

/** A case, a field or a label. */
export interface WitCase {
  readonly name: string;
  readonly type?: WitType;
}

export interface WitFunction {
  readonly kind: 'function';
  readonly async: boolean;
  readonly params: readonly WitCase[];
  readonly result?: WitType;
}

export interface WitInterface {
  readonly kind: 'interface';
  readonly exports: ReadonlyMap<string, WitType>;
}

/** The type itself, without its names. */
export function unnamed(type: WitType): WitType {
  let bare = type;
  while (bare.kind === 'named') bare = bare.type;
  return bare;
}

/** In UTF-16 code units: nested types could otherwise become longer than memory. */
const LONGEST_TEXT = 400;

/** The type as WIT writes it: `async func(topic: string) -> result<_, error>`. A long one ends in `…`. */
export function typeText(type: WitType): string {
  const writer = new TypeWriter();
  writer.write(type);
  return writer.text;
}

class TypeWriter {
  text = '';
  #full = false;

  write(type: WitType | undefined): void {
    if (this.#full || type === undefined) return;
    if ('name' in type) this.#put(type.name);
    else if ('of' in type) this.#list(type.kind, type.of);
    else if (type.kind === 'own') this.write(type.resource);
    else if (type.kind === 'borrow') this.#list('borrow', [type.resource]);
    else if (type.kind === 'result') this.#result(type.ok, type.err);
    else if (type.kind === 'function') this.#function(type);
    else this.#put(type.kind);
  }

  #list(name: string, of: readonly WitType[]): void {
    this.#put(name);
    if (of.length === 0) return;
    this.#put('<');
    for (const [n, each] of of.entries()) {
      if (n > 0) this.#put(', ');
      this.write(each);
      if (this.#full) return;
    }
    this.#put('>');
  }

  #result(ok: WitType | undefined, err: WitType | undefined): void {
    this.#put('result');
    if (ok === undefined && err === undefined) return;
    this.#put('<');
    if (ok === undefined) this.#put('_');
    this.write(ok);
    if (err !== undefined) this.#put(', ');
    this.write(err);
    this.#put('>');
  }

  #function({ async, params, result }: WitFunction): void {
    this.#put(async ? 'async func(' : 'func(');
    for (const [n, { name, type }] of params.entries()) {
      this.#put(n > 0 ? `, ${name}: ` : `${name}: `);
      this.write(type);
      if (this.#full) return;
    }
    this.#put(')');
    if (result !== undefined) this.#put(' -> ');
    this.write(result);
  }

  #put(piece: string): void {
    if (this.#full) return;
    this.text += piece;
    if (this.text.length <= LONGEST_TEXT) return;
    this.text = `${this.text.slice(0, LONGEST_TEXT - 1)}…`;
    this.#full = true;
  }
}
