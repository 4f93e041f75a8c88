import assert from 'node:assert/strict';
import test from 'node:test';
import { expand } from './expansion.ts';

const files: Readonly<Record<string, string>> = { '/run/secrets/pw': 'hunter2\n', 'lines.txt': 'a\nb\n\n' };
const sources = {
  env: { HOST: 'broker', EMPTY: '', API_TOKEN: 'xyz' },
  readFile: (path: string): string => files[path] ?? assert.fail('no such file'),
};

function value(text: string): unknown {
  return expand({ text }, sources).tree;
}

test('expand puts variables and files in their places, several in one value', () => {
  assert.deepEqual(value('nats://${env:HOST}:${env:PORT:-4222}'), { text: 'nats://broker:4222' });
  assert.deepEqual(value('${file:/run/secrets/pw}'), { text: 'hunter2' });
});

test('expand cuts one newline off the end of a file, and no more', () => {
  assert.deepEqual(value('${file:lines.txt}'), { text: 'a\nb\n' });
});

test('expand takes a default for what is not set, and for what is empty', () => {
  assert.deepEqual(value('${env:EMPTY:-d}${env:NONE:-e}${env:NONE:-}${env:HOST:-f}'), { text: 'debroker' });
  assert.deepEqual(value('<${env:EMPTY}>'), { text: '<>' });
});

test('expand leaves alone what is escaped, and what is no reference', () => {
  assert.deepEqual(value('$${env:HOST} ${HOME} $HOST ${other:x}'), { text: '${env:HOST} ${HOME} $HOST ${other:x}' });
});

test('expand does not expand what came out of an expansion', () => {
  const tree = expand({ a: '${env:A}' }, { ...sources, env: { A: '${env:HOST}' } }).tree;
  assert.deepEqual(tree, { a: '${env:HOST}' });
});

test('expand reaches tables and arrays, and leaves what is no string', () => {
  const date = new Date(0);
  const { tree } = expand({ a: [{ b: '${env:HOST}' }, 1, true], date }, sources);
  assert.deepEqual(tree, { a: [{ b: 'broker' }, 1, true], date });
});

test('expand tells what each value came from, and which are secret', () => {
  const { expanded } = expand(
    { a: ['x', '${env:HOST}'], b: '${env:API_TOKEN}', c: '${file:/run/secrets/pw}', d: '${env:NONE:-x}', e: 'plain' },
    sources,
  );
  assert.deepEqual(
    [...expanded],
    [
      ['a[1]', { from: ['env:HOST'], secret: false }],
      ['b', { from: ['env:API_TOKEN'], secret: true }],
      ['c', { from: ['file:/run/secrets/pw'], secret: true }],
      ['d', { from: ['env:NONE (not set)'], secret: false }],
    ],
  );
});

test('expand lists everything that is missing', () => {
  const missing = expand({ a: '${env:NONE} ${env:9}', b: ['${file:/nope}'] }, sources).missing;
  assert.deepEqual(
    missing.map(({ path, message }) => [path.join(' '), message]),
    [
      ['a', 'needs the environment variable NONE, which is not set'],
      ['a', "has a reference to '9', which is not a valid variable name"],
      ['b 0', "needs the file /nope, which can't be read: no such file"],
    ],
  );
});
