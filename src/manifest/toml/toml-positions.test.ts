import assert from 'node:assert/strict';
import test from 'node:test';
import { parse } from 'smol-toml';
import { formatPath, type TomlPath } from './toml-table.ts';
import { type TomlSpan, tomlPositions } from './toml-positions.ts';

/** The text under a span. */
function cut(text: string, span: TomlSpan | undefined): string | undefined {
  return span && text.split('\n')[span.line - 1]?.slice(span.column - 1, span.column - 1 + span.length);
}

function keyAndValue(text: string, path: string): readonly (string | undefined)[] {
  const position = tomlPositions(text).get(path);
  return [cut(text, position?.key), cut(text, position?.value)];
}

/** Paths of everything in a parsed document. */
function* pathsOf(value: unknown, path: TomlPath = []): Generator<string> {
  if (path.length > 0) yield formatPath(path);
  if (Array.isArray(value)) for (const [index, each] of value.entries()) yield* pathsOf(each, [...path, index]);
  else if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    for (const [key, each] of Object.entries(value)) yield* pathsOf(each, [...path, key]);
  }
}

test('tomlPositions tells line, column and length of a key and of its value', () => {
  assert.deepEqual(tomlPositions('\n# note\n[app]\n  name = "shop" # the shop\n').get('app.name'), {
    key: { line: 4, column: 3, length: 4 },
    value: { line: 4, column: 10, length: 6 },
  });
});

test('tomlPositions knows bare, quoted and dotted keys, each part by itself', () => {
  const text = '"a b"."c\\u0021" . \'d\\e\' = 1\n3 = true\n';
  assert.deepEqual(keyAndValue(text, '"a b"'), ['"a b"', undefined]);
  assert.deepEqual(keyAndValue(text, '"a b"."c!"'), ['"c\\u0021"', undefined]);
  assert.deepEqual(keyAndValue(text, '"a b"."c!"."d\\\\e"'), ["'d\\e'", '1']);
  assert.deepEqual(keyAndValue(text, '3'), ['3', 'true']);
});

test('tomlPositions counts arrays of tables, and knows whose table a later header belongs to', () => {
  const text = '[[t.q]]\na = 1\n[t.q.r]\nx = 1\n[[t.q]]\na = 2\n[t.q.r]\nx = 2\n[[t.q.s]]\ny = 3\n';
  assert.deepEqual(
    ['t.q[0].a', 't.q[0].r.x', 't.q[1].a', 't.q[1].r.x', 't.q[1].s[0].y'].map((path) => keyAndValue(text, path)),
    [
      ['a', '1'],
      ['x', '1'],
      ['a', '2'],
      ['x', '2'],
      ['y', '3'],
    ],
  );
  assert.equal(tomlPositions(text).get('t.q[1]')?.key?.line, 5);
});

test('tomlPositions looks into inline tables and arrays over many lines', () => {
  const text = 'a = { b = [\n  1, # one\n  { c = "x,]}" },\n], d.e = 2 }\nz = 3\n';
  assert.deepEqual(keyAndValue(text, 'a.b[0]'), [undefined, '1']);
  assert.deepEqual(keyAndValue(text, 'a.b[1].c'), ['c', '"x,]}"']);
  assert.deepEqual(keyAndValue(text, 'a.d.e'), ['e', '2']);
  assert.deepEqual(keyAndValue(text, 'a.b'), ['b', '[']);
  assert.deepEqual(keyAndValue(text, 'z'), ['z', '3']);
});

test('tomlPositions is not confused by what strings hold', () => {
  const text =
    'a = "\\" # = ["\nb = """\nx = 1\n\\"""" # c\nc = \'\'\'\n[d]\'\'\'\'\ne = 2026-11-01 07:00:00Z\nf = -1.5e3\n';
  assert.deepEqual(keyAndValue(text, 'a'), ['a', '"\\" # = ["']);
  assert.deepEqual(keyAndValue(text, 'e'), ['e', '2026-11-01 07:00:00Z']);
  assert.deepEqual(keyAndValue(text, 'f'), ['f', '-1.5e3']);
  assert.deepEqual([...tomlPositions(text).keys()], ['a', 'b', 'c', 'e', 'f']);
});

test('tomlPositions finds exactly what the parser finds', () => {
  const text = [
    '\uFEFFname = "é" # ü\r',
    '[connection.main]\r',
    'servers = ["nats://a", "nats://b"]',
    '[component."my comp"]',
    'limits = { memory = "64MiB", timeout = "5s" }',
    'pool.threads = 2',
    '[component."my comp".allow]',
    'files = { "/data" = "./data:ro" }',
    '[[trigger."@acme/sqs"]]',
    'at = 1979-05-27T07:32:00Z',
    '[[trigger."@acme/sqs"]]',
    '[trigger."@acme/sqs".retry]',
    'attempts = 0x10',
    'nested = [[1, 2], [], [{}]]',
  ].join('\n');
  assert.deepEqual([...tomlPositions(text).keys()].sort(), [...pathsOf(parse(text))].sort());
});

test('tomlPositions ends on a document that is not TOML', () => {
  for (const text of ['[', '[[a', 'a', 'a =', 'a = [', 'a = {', 'a = "', '= 1', 'a = [,', 'a = ]\nb = 1', '{']) {
    assert.ok(tomlPositions(text) instanceof Map);
  }
});
