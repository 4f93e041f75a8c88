import assert from 'node:assert/strict';
import test from 'node:test';
import { ManifestError } from './manifest-error.ts';
import { read } from './testing/read-manifest.ts';

// A manifest of any kind is read, or refused with codes, in time that grows no faster than it does. At their full size, the inputs below would
// take minutes where it did.

const FULL = 2 ** 20 - 100;
const filled = (piece: string): string => piece.repeat(Math.floor(FULL / piece.length));
const numbered = (piece: (n: number) => string, most: number): string =>
  Array.from({ length: most }, (_, n) => piece(n)).join('');

const hostile: Readonly<Record<string, readonly [text: string, codes: readonly string[]]>> = {
  'a key of 3,000 parts': [`a${'.a'.repeat(2_999)} = 1`, ['SLU1103']],
  'a key as long as a manifest': [`a${filled('.a')} = 1`, ['SLU1103']],
  'a header of 3,000 parts': [`[a${'.a'.repeat(2_999)}]`, ['SLU1103']],
  'arrays in arrays': [`a = ${'['.repeat(500_000)}${']'.repeat(500_000)}`, ['SLU1102']],
  'arrays in arrays, without end': [`a = ${filled('[')}`, ['SLU1102']],
  'tables in tables': [`a = ${'{a='.repeat(200_000)}1${'}'.repeat(200_000)}`, ['SLU1102']],
  'tables in tables, 40 deep': [`a = ${'{a='.repeat(40)}1${'}'.repeat(40)}`, ['SLU1102', 'SLU1103']],
  'unknown keys': [numbered((n) => `k${n} = 1\n`, 40_000), ['SLU1203']],
  'unknown tables': [numbered((n) => `[t${n}]\n`, 40_000), ['SLU1203']],
  'components that are wrong': [numbered((n) => `[component.c${n}]\n`, 8_000), ['SLU1201']],
  'triggers of no component': [
    numbered((n) => `[[trigger.queue]]\ncomponent = "c${n}"\nqueue = "q"\n`, 4_000),
    ['SLU1201', 'SLU1204', 'SLU1206'],
  ],
  'one key, given twice': ['a = 1\na = 2\n', ['SLU1102']],
  'a table, given twice': ['[app]\n[app]\n', ['SLU1102']],
  'empty lines': [filled('\n'), []],
  'carriage returns and line feeds': [`[app]\r\nname = "x"\r\n${filled('\r\n')}`, []],
  'carriage returns': [filled('\r'), ['SLU1102']],
  'one long comment': [`#${filled('x')}`, []],
  'one long string': [`[app]\nname = "${filled('x')}"`, []],
  'a string without an end': [`[app]\nname = "${filled('\\\\')}`, ['SLU1102']],
  'a long string without an end': [`[app]\nname = """${filled('""x')}`, ['SLU1102']],
  'a huge number': [`limits.event_size = ${'9'.repeat(500_000)}`, ['SLU1102', 'SLU1201']],
  'a number that is none': ['limits.event_size = nan', ['SLU1201']],
  'a NUL': ['[app]\nname = "\0"', ['SLU1102']],
  'a key of prototypes': ['__proto__.x = 1', ['SLU1102']],
  'nested references': [`[app]\nname = "${'${env:A:-'.repeat(100_000)}"`, ['SLU1205']],
  'references, one in another': ['[app]\nname = "${env:A:-${env:B}}"', ['SLU1205']],
  'a reference without an end': ['[app]\nname = "${env:A"', ['SLU1205']],
  'references to nothing': [`[app]\nname = "${'${env:A}'.repeat(100_000)}"`, ['SLU1205']],
  'references to much': [`[app]\nname = "${'${env:LONG}'.repeat(90_000)}"`, ['SLU1205']],
  'too much': ['#'.repeat(2 ** 20 + 1), ['SLU1103']],
};

/** The codes of what is wrong; none when it was read. */
function codesOf(text: string): readonly string[] {
  try {
    read(text, { env: { LONG: 'x'.repeat(100_000) } });
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ManifestError)) throw thrown;
    return [...new Set(thrown.problems.map(({ code }) => code))].sort();
  }
}

for (const [what, [text, codes]] of Object.entries(hostile)) {
  test(`a manifest of ${what} is read or refused with a code`, () => {
    const found = codesOf(text);
    assert.deepEqual(
      found.filter((code) => !codes.includes(code)),
      [],
    );
    assert.equal(found.length > 0, codes.length > 0);
  });
}
