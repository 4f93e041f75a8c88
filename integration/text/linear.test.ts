import assert from 'node:assert/strict';
import test from 'node:test';
import { textPaths } from './text-paths.ts';
import { isSuperLinear } from './work.ts';

/** Pieces that patterns look for, and those that they run through on their way. Repeated, they are what a hostile text is made of. */
const units = [
  'a',
  'A',
  '0',
  '-',
  '.',
  'a.',
  'a-',
  'a:',
  ' ',
  '\t',
  '\n',
  ' \n',
  '\r\n',
  ',',
  '"',
  "'",
  '\\',
  '=',
  'a=',
  'a = ',
  '@',
  'a@',
  '://',
  'a://',
  'a://b',
  'a.://',
  '/',
  '?',
  '#',
  '[',
  '{',
  '%',
  '%41',
  '$',
  '${env:',
  '*',
  '>',
  'é',
  '\u2028',
  '\u202E',
  '\u009B',
  '\u001B[31m',
  '\uD800',
  '😀',
  'Caused by: ',
  ', got ',
  '\n(Did you mean ',
  '-----BEGIN ',
  'token=',
  '"a\\',
  'v1 1:1',
  'ce-id: a\r\n',
  '1d',
  'id,',
  '=41',
  '0:',
  'a,',
  '@,',
  'nats://a@b,',
];

for (const [name, step] of Object.entries(textPaths)) {
  test(`${name} does linear work, whatever it is given`, () => {
    assert.deepEqual(
      units.filter((unit) => isSuperLinear(step, unit)),
      [],
    );
  });
}

test('the measurement finds patterns that are not linear', () => {
  const schemeFirst = (text: string): string => text.replaceAll(/\b([a-z][a-z\d+.-]*:\/\/)[^\s/@"\\]+@/gi, '$1***@');
  const blanksFirst = (text: string): string => text.replaceAll(/\s*Caused by:\s*/g, ': ');
  for (const pattern of [schemeFirst, blanksFirst])
    assert.equal(
      units.some((unit) => isSuperLinear(pattern, unit)),
      true,
    );
});
