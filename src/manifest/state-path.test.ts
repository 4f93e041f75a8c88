import assert from 'node:assert/strict';
import test from 'node:test';
import { parseToml } from './toml/parse-toml.ts';
import { statePathIn } from './state-path.ts';
import { read } from './testing/read-manifest.ts';

const sources = { env: { HERE: 'there', EMPTY: '' }, readFile: () => 'from-a-file\n' };

test('the path of the state file is what the whole check makes of it', () => {
  const texts = [
    '',
    '[app]\nname = "a"',
    '[state]',
    '[state]\npath = "x.db"',
    'state.path = "/var/x.db"',
    '[state]\npath = "${env:HERE}/x.db"',
    '[state]\npath = "${env:GONE:-else}.db"',
    '[state]\npath = "${file:name}"',
    '[state]\npath = "$${env:HERE}"',
  ];
  for (const text of texts) {
    const { state } = read(text, { ...sources, file: '/app/sluice.toml' });
    assert.equal(statePathIn(parseToml(text, 'sluice.toml'), '/app', sources), state.path, text);
  }
});

test('the path of the state file is left to the whole check where a mistake may be about it', () => {
  const texts = [
    '[sate]\npath = "x.db"',
    '[state]\npth = "x.db"',
    '[state]\npath = 1',
    '[state]\npath = ""',
    '[state]\npath = "${env:EMPTY}"',
    '[state]\npath = "${env:GONE}"',
    '[state]\npath = "${env:"',
    'state = "x.db"',
    '[[state]]\npath = "x.db"',
  ];
  for (const text of texts) assert.equal(statePathIn(parseToml(text, 'sluice.toml'), '/app', sources), undefined, text);
});
