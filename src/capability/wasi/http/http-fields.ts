import type { Header } from '../../../event.ts';
import { type GuestHost, WitError } from '../../capability.ts';
import { HostResource } from '../../host-resource.ts';
import { isForbiddenField } from '../../http-client/request-rules.ts';

type Field = readonly [name: string, value: Uint8Array];

/** Limit of one set of headers, names and values together, in bytes. */
const MOST_BYTES = 128 * 1024;
/** Limit of fields in one set. */
const MOST_FIELDS = 1024;
/** Limit of sets in one instance. */
const MOST_SETS = 64;
/** https://www.rfc-editor.org/rfc/rfc9110#name-tokens */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** `fields` of wasi:http/types: headers or trailers. Names are compared without regard to case. */
export class HttpFields extends HostResource {
  #fields: readonly Field[] = [];
  #immutable = false;

  constructor(host: GuestHost) {
    super(host, MOST_SETS);
  }

  static fromList(this: new () => HttpFields, fields: readonly Field[]): HttpFields {
    const made = new this();
    made.#fields = checked(fields);
    return made;
  }

  /** Headers of an event, without those that HTTP can't hold. The event's size bounds their number. */
  static received(host: GuestHost, headers: readonly Header[]): HttpFields {
    const fields = headers.map(([name, value]): Field => [name, Buffer.from(value)]);
    return HttpFields.#copy(host, fields.filter(isValid));
  }

  /** Headers or trailers of a response; each character of a value is one byte. Fields of the connection are left out. */
  static ofMessage(host: GuestHost, fields: readonly Header[]): HttpFields {
    const kept = fields.map(([name, value]): Field => [name, Buffer.from(value, 'latin1')]);
    return HttpFields.#copy(
      host,
      kept.filter((field) => isValid(field) && !isForbiddenField(field[0])),
    );
  }

  /**
   * The fields as they are sent; `undefined` if any may not be sent. A guest may pass on headers of an event, in which its sender could write
   * anything.
   */
  toSend(): readonly Header[] | undefined {
    if (this.#fields.some(([name]) => isForbiddenField(name))) return undefined;
    return this.#fields.map(([name, value]): Header => [name, Buffer.from(value).toString('latin1')]);
  }

  get(name: string): Uint8Array[] {
    return this.#fields.filter(named(name)).map(([, value]) => value);
  }

  has(name: string): boolean {
    return this.#fields.some(named(name));
  }

  set(name: string, values: readonly Uint8Array[]): void {
    if (values.length > MOST_FIELDS) throw tooMuch(`${MOST_FIELDS} fields`, values.length);
    this.#change([...this.#without(name), ...values.map((value): Field => [name, value])]);
  }

  append(name: string, value: Uint8Array): void {
    this.#change([...this.#fields, [name, value]]);
  }

  delete(name: string): void {
    this.#change(this.#without(name));
  }

  entries(): readonly Field[] {
    return this.#fields;
  }

  clone(): HttpFields {
    return HttpFields.#copy(this.host, this.#fields);
  }

  /** Immutable, as a request's own headers. */
  frozen(): HttpFields {
    const copy = this.clone();
    copy.#immutable = true;
    return copy;
  }

  static #copy(host: GuestHost, fields: readonly Field[]): HttpFields {
    const copy = new HttpFields(host);
    copy.#fields = fields;
    return copy;
  }

  #without(name: string): readonly Field[] {
    const isNamed = named(name);
    return this.#fields.filter((field) => !isNamed(field));
  }

  #change(fields: readonly Field[]): void {
    if (this.#immutable) throw new WitError({ tag: 'immutable' });
    this.#fields = checked(fields);
  }
}

function named(name: string): (field: Field) => boolean {
  const wanted = name.toLowerCase();
  return ([given]) => given.toLowerCase() === wanted;
}

function checked(fields: readonly Field[]): readonly Field[] {
  if (fields.length > MOST_FIELDS) throw tooMuch(`${MOST_FIELDS} fields`, fields.length);
  let bytes = 0;
  for (const [name, value] of fields) bytes += name.length + value.length;
  if (bytes > MOST_BYTES) throw tooMuch(`${MOST_BYTES} bytes`, bytes);
  for (const [name, value] of fields) {
    if (!isValid([name, value])) throw new WitError({ tag: 'invalid-syntax' });
    if (isForbiddenField(name)) throw new WitError({ tag: 'forbidden' });
  }
  return fields;
}

function isValid([name, value]: Field): boolean {
  return TOKEN.test(name) && !value.some((byte) => byte === 0 || byte === 10 || byte === 13);
}

function tooMuch(most: string, got: number): Error {
  return new Error(`headers may have ${most}, got ${got}`);
}
