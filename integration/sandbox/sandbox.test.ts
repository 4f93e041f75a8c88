import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallPath } from '../../src/component/load-component.ts';
import { type Case, cases } from './cases.ts';
import { type Host, playAll } from './players.ts';

// Whatever a guest does, its call ends as it should, is charged once, and nothing else in the process notices.

const hosts: readonly Host[] = ['thread', 'process'];
const long = process.env['SLUICE_LONG'] !== undefined;
/** The first test of a host waits for all of its cases: longer on a busy machine than the runner gives to one test. */
const limit = { timeout: 15 * 60_000 };

/** One set of cases after the other: what the first has transpiled, the next finds in the cache. */
let turn: Promise<unknown> = Promise.resolve();
function playInTurn(host: Host, names: readonly string[], path?: CallPath): ReturnType<typeof playAll> {
  const played = turn.then(() => playAll(host, names, undefined, path));
  turn = played.catch(() => {}); // its own tests tell
  return played;
}

for (const host of hosts) {
  // A component that is refused never reaches a host, and some guests are stopped by the same code on both: the short form plays them once.
  const once = ({ expected, shared }: Case): boolean => 'refused' in expected || shared === true;
  const theirs = cases.filter((each) => host === 'thread' || long || !once(each));
  const played = playInTurn(
    host,
    theirs.map(({ name }) => name),
  );
  for (const { name } of theirs) {
    test(`on a ${host}, the guest ${name} is stopped, and no other event notices`, limit, async () => {
      assert.deepEqual((await played).get(name), []);
    });
  }

  // What a guest answers is read in two ways, on any host; the others come through generated code on either.
  if (host !== 'thread') continue;
  const answers = [
    'strings',
    'headers',
    'reason',
    'not-utf8',
    'misplaced-answer',
    'misplaced-allocation',
    'calling-allocator',
  ];
  const playedByGlue = playInTurn(host, answers, 'glue');
  for (const name of answers) {
    test(
      `on a ${host}, the guest ${name} is stopped when generated code calls it, and no other event notices`,
      limit,
      async () => {
        assert.deepEqual((await playedByGlue).get(name), []);
      },
    );
  }
}
