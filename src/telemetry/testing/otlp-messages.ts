/**
 * The part of OTLP that Sluice sends, to decode protobuf bodies into the shape of JSON bodies:
 * https://github.com/open-telemetry/opentelemetry-proto (field numbers never change).
 */
type Kind = 'string' | 'hex' | 'varint' | 'fixed32' | 'fixed64' | 'double' | MessageShape;
interface Field {
  readonly name: string;
  readonly kind: Kind;
  readonly many?: boolean;
}
type MessageShape = Readonly<Record<number, Field>>;

const anyValue: MessageShape = {
  1: { name: 'stringValue', kind: 'string' },
  2: { name: 'boolValue', kind: 'varint' },
  3: { name: 'intValue', kind: 'varint' },
  4: { name: 'doubleValue', kind: 'double' },
};
const keyValue: MessageShape = { 1: { name: 'key', kind: 'string' }, 2: { name: 'value', kind: anyValue } };
const attributes = { name: 'attributes', kind: keyValue, many: true } as const;
const resource = { name: 'resource', kind: { 1: attributes } } as const;
const scope = {
  name: 'scope',
  kind: { 1: { name: 'name', kind: 'string' }, 2: { name: 'version', kind: 'string' } },
} as const;

const link: MessageShape = {
  1: { name: 'traceId', kind: 'hex' },
  2: { name: 'spanId', kind: 'hex' },
  3: { name: 'traceState', kind: 'string' },
  6: { name: 'flags', kind: 'fixed32' },
};
const span: MessageShape = {
  1: { name: 'traceId', kind: 'hex' },
  2: { name: 'spanId', kind: 'hex' },
  3: { name: 'traceState', kind: 'string' },
  4: { name: 'parentSpanId', kind: 'hex' },
  5: { name: 'name', kind: 'string' },
  6: { name: 'kind', kind: 'varint' },
  7: { name: 'startTimeUnixNano', kind: 'fixed64' },
  8: { name: 'endTimeUnixNano', kind: 'fixed64' },
  9: attributes,
  13: { name: 'links', kind: link, many: true },
  15: { name: 'status', kind: { 2: { name: 'message', kind: 'string' }, 3: { name: 'code', kind: 'varint' } } },
  16: { name: 'flags', kind: 'fixed32' },
};

export const traceRequest: MessageShape = {
  1: {
    name: 'resourceSpans',
    many: true,
    kind: {
      1: resource,
      2: { name: 'scopeSpans', many: true, kind: { 1: scope, 2: { name: 'spans', many: true, kind: span } } },
    },
  },
};

/** Decodes what the shape names, and skips the rest. */
export function decode(bytes: Buffer, shape: MessageShape): Record<string, unknown> {
  const message: Record<string, unknown> = {};
  for (let at = 0; at < bytes.length;) {
    const [tag, afterTag] = varint(bytes, at);
    const field = shape[Number(tag >> 3n)];
    const [raw, next] = wireValue(bytes, afterTag, Number(tag & 7n));
    at = next;
    if (field === undefined) continue;
    const value = valueOf(raw, field.kind);
    if (field.many === true) ((message[field.name] ??= []) as unknown[]).push(value);
    else message[field.name] = value;
  }
  return message;
}

function wireValue(bytes: Buffer, at: number, wireType: number): readonly [bigint | Buffer, number] {
  switch (wireType) {
    case 0:
      return varint(bytes, at);
    case 1:
      return [bytes.subarray(at, at + 8), at + 8];
    case 2: {
      const [length, start] = varint(bytes, at);
      return [bytes.subarray(start, start + Number(length)), start + Number(length)];
    }
    case 5:
      return [bytes.subarray(at, at + 4), at + 4];
    default:
      throw new TypeError(`wire type ${wireType} at ${at}`);
  }
}

function varint(bytes: Buffer, from: number): readonly [bigint, number] {
  let value = 0n;
  for (let at = from; at < bytes.length; at += 1) {
    value |= BigInt(bytes[at]! & 0x7f) << BigInt(7 * (at - from));
    if (bytes[at]! < 0x80) return [value, at + 1];
  }
  throw new TypeError('a truncated varint');
}

function valueOf(raw: bigint | Buffer, kind: Kind): unknown {
  if (typeof raw === 'bigint') return Number(raw);
  if (typeof kind === 'object') return decode(raw, kind);
  switch (kind) {
    case 'string':
      return raw.toString('utf8');
    case 'hex':
      return raw.toString('hex');
    case 'fixed32':
      return raw.readUInt32LE();
    case 'fixed64':
      return String(raw.readBigUInt64LE());
    case 'double':
      return raw.readDoubleLE();
    case 'varint':
      throw new TypeError('a length where a varint belongs');
  }
}
