import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Header, headerOf } from '../event.ts';
import { type CloudBinding, cloudEvent, isCloudEnvelope } from './cloud-event.ts';

const dashes: CloudBinding = {
  prefix: 'ce-',
  contentType: 'Content-Type',
  typeIsAttribute: true,
  read: decodeURIComponent,
  write: encodeURIComponent,
};
const underscores: CloudBinding = {
  prefix: 'ce_',
  contentType: 'content-type',
  typeIsAttribute: false,
  read: (value) => (value === 'no text' ? undefined : value),
  write: (text) => text,
};
const bindings = [dashes, underscores];

const data = Buffer.from('{"a":1}');
const required = { specversion: '1.0', id: '17', source: '/shop', type: 'order.created' };

function binaryOf({ prefix, write }: CloudBinding): readonly Header[] {
  return Object.entries(required).map(([name, value]): Header => [`${prefix}${name}`, write(value)]);
}

const envelopeType: Header = ['Content-Type', 'application/cloudevents+json; charset=utf-8'];

/** The envelope as text, where its exact form counts. */
function written(members: string): Uint8Array {
  const { specversion, id, source, type } = required;
  return Buffer.from(
    `{"specversion":"${specversion}","id":"${id}","source":"${source}","type":"${type}"${members === '' ? '' : `,${members}`}}`,
  );
}

function dataOf(members: string): string | undefined {
  const event = cloudEvent([envelopeType], written(members), dashes);
  return event && Buffer.from(event.data).toString();
}

test('cloudEvent reads the binary mode, and keeps headers and data as they were sent', () => {
  for (const binding of bindings) {
    const headers: Header[] = [
      ...binaryOf(binding),
      [`${binding.prefix.toUpperCase()}Subject`, binding.write('Grüße 100%')],
      [`${binding.prefix}time`, '2026-01-02T03:04:05.000000006Z'],
      ['content-type', 'application/json'],
    ];
    if (binding === dashes) headers[5] = ['ce-time', encodeURIComponent('2026-01-02T03:04:05.000000006Z')];
    assert.deepEqual(cloudEvent(headers, data, binding), {
      id: '17',
      source: '/shop',
      subject: 'Grüße 100%',
      time: 1767323045000000006n,
      contentType: 'application/json',
      headers,
      data,
    });
  }
});

test('cloudEvent takes the content type from where the binding has it', () => {
  const type = (binding: CloudBinding): string | undefined =>
    cloudEvent(
      [...binaryOf(binding), [`${binding.prefix}datacontenttype`, 'text%2Fplain'], ['content-type', 'image/png']],
      data,
      binding,
    )?.contentType;
  assert.equal(type(dashes), 'text/plain');
  assert.equal(type(underscores), 'image/png');
});

test('cloudEvent hands over the data of a structured event byte for byte', () => {
  for (const json of [
    '{"orderId":9007199254740993,"price":1.10,"id64":1524831183200260097}',
    '{"b":1,"a":2,"10":3,"1":4}',
    '{"twice":1,"twice":2}',
    '{ "spaced" : [ 1 ,\n\t2 ] }',
    '1e400',
    '-0.0',
    '12345678901234567890123456789',
    '"\\u00e9\\/"',
    '"é\\ud800"',
    '[]',
    'null',
    'true',
  ])
    assert.equal(dataOf(`"data": ${json} `), json);
  assert.equal(dataOf('"data":1,"\\u0064ata":2'), '2', 'a name is a name however it is written, and the last counts');
});

test('cloudEvent gives text as text where the content is no JSON, and bytes where they are base64', () => {
  assert.equal(dataOf('"data":"te\\u0078t \\ud83d\\ude00","datacontenttype":"text/plain"'), 'text 😀');
  assert.equal(dataOf('"data":"text","datacontenttype":"application/json; charset=utf-8"'), '"text"');
  assert.equal(dataOf('"data":"text","datacontenttype":"application/vnd.x+JSON"'), '"text"');
  assert.equal(dataOf('"data":"text","datacontenttype":"application/json-seq"'), 'text');
  assert.equal(dataOf('"data":{"a":1.0},"datacontenttype":"text/plain"'), '{"a":1.0}');
  assert.equal(dataOf('"data_base64":"SGk="'), 'Hi');
  assert.equal(dataOf('"data_base64":"SGk"'), 'Hi');
  assert.equal(dataOf('"data_base64":null,"data":7'), '7');
  assert.equal(dataOf('"data_base64":"no base64!"'), undefined);
  assert.equal(dataOf('"data_base64":7'), undefined);
  assert.equal(dataOf(''), '');
});

test('cloudEvent gives the structured mode as the binary one, which is the same event when it is read again', () => {
  for (const binding of bindings) {
    const body = written('"subject":"a \\"b\\" ü","count":3,"on":true,"gone":null,"no":{},"data":{"n":1.10}');
    const forged: Header = [`${binding.prefix.toUpperCase()}id`, 'another'];
    const event = cloudEvent([forged, envelopeType, ['x', 'y']], body, binding);
    assert.ok(event);
    assert.equal(event.contentType, 'application/json', 'the default of the data, not that of the envelope');
    assert.deepEqual(event.headers, [
      ['x', 'y'],
      ...binaryOf(binding),
      [`${binding.prefix}subject`, binding.write('a "b" ü')],
      [`${binding.prefix}count`, '3'],
      [`${binding.prefix}on`, 'true'],
      [binding.contentType, 'application/json'],
    ]);
    assert.equal(Buffer.from(event.data).toString(), '{"n":1.10}');
    assert.deepEqual(cloudEvent(event.headers, event.data, binding), event);
  }
});

test('cloudEvent keeps id, source and subject of a structured event whose extensions differ from them in case alone', () => {
  for (const binding of bindings) {
    const members =
      '"ID":"forged","Source":"forged","Subject":"forged","DataContentType":"text/x","exT":"2","ext":"1","Odd":"3"';
    const read = cloudEvent([[binding.contentType, 'application/cloudevents+json']], written(members), binding)!;
    const again = cloudEvent(read.headers, read.data, binding)!;
    for (const event of [read, again]) {
      const { id, source, subject, contentType } = event;
      assert.deepEqual([id, source, subject, contentType], ['17', '/shop', undefined, 'application/json']);
      assert.equal(headerOf(event.headers, `${binding.prefix}ext`), '1');
      assert.equal(headerOf(event.headers, `${binding.prefix}odd`), '3');
    }
  }
});

test('cloudEvent takes the content type of the data of a structured event, not of its envelope', () => {
  for (const binding of bindings) {
    const event = cloudEvent([envelopeType], written('"datacontenttype":"image/png","data_base64":"/wA="'), binding);
    assert.equal(event?.contentType, 'image/png');
    assert.equal(headerOf(event?.headers ?? [], 'content-type'), 'image/png');
    const named = headerOf(event?.headers ?? [], `${binding.prefix}datacontenttype`);
    assert.equal(named, binding.typeIsAttribute ? 'image%2Fpng' : undefined);
    assert.deepEqual([...(event?.data ?? [])], [0xff, 0]);
  }
});

test('cloudEvent writes numbers of attributes as they were written', () => {
  const event = cloudEvent([envelopeType], written('"big":1524831183200260097,"data":1'), underscores);
  assert.equal(headerOf(event?.headers ?? [], 'ce_big'), '1524831183200260097');
});

test('cloudEvent reads times to the nanosecond, in any zone, and leaves out what is none', () => {
  const timeOf = (time: string): bigint | undefined =>
    cloudEvent([...binaryOf(underscores), ['ce_time', time]], data, underscores)?.time;
  assert.equal(timeOf('2026-01-02T03:04:05.000000006Z'), 1767323045000000006n);
  assert.equal(timeOf('2026-01-02T04:04:05.5+01:00'), 1767323045500000000n);
  assert.equal(timeOf('2026-01-02T03:04:05Z'), 1767323045000000000n);
  assert.equal(timeOf('yesterday'), undefined);
  assert.equal(timeOf('1901-01-01T00:00:00Z'), undefined);
});

test('cloudEvent is undefined for what claims to be one and is not', () => {
  for (const binding of bindings) {
    const binary = binaryOf(binding);
    assert.equal(cloudEvent([], data, binding), undefined);
    assert.equal(cloudEvent(binary.slice(0, 2), data, binding), undefined);
    assert.equal(cloudEvent([[`${binding.prefix}specversion`, '2.0'], ...binary.slice(1)], data, binding), undefined);
    for (const body of ['17', '', '[]', '{"specversion"', '{}', '{"specversion":"1.0","id":"1"}'])
      assert.equal(cloudEvent([envelopeType], Buffer.from(body), binding), undefined, body);
    assert.equal(cloudEvent([envelopeType], Buffer.from([0xff, 0xfe]), binding), undefined);
  }
  assert.equal(
    cloudEvent([...binaryOf(underscores).slice(1), ['ce_specversion', 'no text']], data, underscores),
    undefined,
  );
});

test('isCloudEnvelope knows the content type of the structured mode, with parameters and in any case', () => {
  for (const type of ['application/cloudevents+json', 'Application/CloudEvents+JSON ; charset=utf-8'])
    assert.equal(isCloudEnvelope(type), true);
  for (const type of [
    undefined,
    'application/json',
    'application/cloudevents-batch+json',
    'application/cloudevents+jsonl',
  ])
    assert.equal(isCloudEnvelope(type), false);
});
