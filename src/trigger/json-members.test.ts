import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonMembers } from './json-members.ts';

/** What `JSON.parse` says of the same text: the members of an object, else nothing. */
function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Each member's value, parsed from where it was found. */
function found(text: string): Record<string, unknown> | undefined {
  const bytes = Buffer.from(text);
  const members = jsonMembers(bytes)?.map(({ name, start, end }): [string, unknown] => [
    name,
    JSON.parse(bytes.subarray(start, end).toString()) as unknown,
  ]);
  return members && Object.fromEntries(members);
}

/** The same sequence each time (Park and Miller). */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % sides;
  };
}

const scraps = [
  '{', '}', '[', ']', ',', ':', '"', '\\', '\\u12aF', '\\ud83d', '\\n', '\\x', '"a"', '"data"', '"\\u0064"', '-', '0', '12', '01', '.', '.5',
  'e', 'E+3', '1e-9', 'true', 'false', 'null', 'nul', ' ', '\n', '\t', '\u0000', '\u001f', 'é', '😀', '{"a":1}', '"b":[1,{"c":null}]', '',
]; // prettier-ignore

function nested(roll: (sides: number) => number, depth: number): string {
  switch (roll(depth > 4 ? 4 : 6)) {
    case 0:
      return ['1', '-0', '1.50', '9007199254740993', '1e5', '0.1E-2'][roll(6)] ?? '1';
    case 1:
      return ['true', 'false', 'null'][roll(3)] ?? 'null';
    case 2:
      return ['""', '"é😀"', '"\\"\\\\\\/\\b"', '"\\u00e9\\ud800"'][roll(4)] ?? '""';
    case 3:
      return ['{}', '[]', '{ }', '[\n]'][roll(4)] ?? '{}';
    case 4:
      return `[${Array.from({ length: roll(4) + 1 }, () => nested(roll, depth + 1)).join(' ,')}]`;
    default:
      return `{${Array.from({ length: roll(4) + 1 }, (_, n) => `"k${roll(3)}${n}" : ${nested(roll, depth + 1)}`).join(', ')}}`;
  }
}

const rounds = process.env['SLUICE_LONG'] === undefined ? 20_000 : 2_000_000;

test('jsonMembers finds the same members as JSON.parse, and refuses the same texts', () => {
  const roll = dice(20_261_128);
  let objects = 0;
  for (let round = 0; round < rounds; round += 1) {
    let text = `{"a": ${nested(roll, 0)}, "b":${nested(roll, 0)}}`;
    // Half of them whole, the others with a few scraps of JSON in the wrong places.
    for (let edits = round % 2 === 0 ? 0 : roll(3) + 1; edits > 0; edits -= 1) {
      const at = roll(text.length + 1);
      text = text.slice(0, at) + (scraps[roll(scraps.length)] ?? '') + text.slice(at + roll(3));
    }
    // A half of a surrogate pair is no text: it can't be sent.
    if (!text.isWellFormed()) continue;
    const wanted = parsed(text);
    if (wanted !== undefined) objects += 1;
    assert.deepEqual(found(text), wanted, JSON.stringify(text));
  }
  assert.ok(objects > rounds / 2);
});

test('jsonMembers tells where a value is in the text, byte for byte', () => {
  const text = '\ufeff { "é" : 1.10 ,\n"b":{"x":[1, 2]}}\r\n';
  const bytes = Buffer.from(text);
  const values = jsonMembers(bytes)?.map(({ name, start, end }) => [name, bytes.subarray(start, end).toString()]);
  assert.deepEqual(values, [
    ['é', '1.10'],
    ['b', '{"x":[1, 2]}'],
  ]);
});

test('jsonMembers gives names that repeat each time', () => {
  assert.deepEqual(
    jsonMembers(Buffer.from('{"a":1,"a":2}'))?.map(({ name }) => name),
    ['a', 'a'],
  );
});

test('jsonMembers refuses what is no UTF-8, no object, or not at its end', () => {
  for (const bytes of [
    Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    ...['', '[]', '"a"', '1', '{} x', '{}{}', '{"a":1'].map((text) => Buffer.from(text)),
  ])
    assert.equal(jsonMembers(bytes), undefined, bytes.toString());
});

test('jsonMembers bounds how deep it goes, and how long it takes', () => {
  const deep = (levels: number): Buffer => Buffer.from(`{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`);
  assert.ok(jsonMembers(deep(255)));
  assert.equal(jsonMembers(deep(256)), undefined);
  assert.equal(jsonMembers(deep(2_000_000)), undefined);
  assert.equal(jsonMembers(Buffer.from('{"a":'.repeat(1_000_000))), undefined);
});
