import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from './cases.ts';
import { type Host, playAll } from './players.ts';

// Whatever a guest does, its call ends as it should, is charged once, and nothing else in the process notices.

const hosts: readonly Host[] = ['thread', 'process'];
/** The first test of a host waits for all of its cases: longer on a busy machine than the runner gives to one test. */
const limit = { timeout: 15 * 60_000 };

for (const host of hosts) {
  const played = playAll(
    host,
    cases.map(({ name }) => name),
  );
  for (const { name } of cases) {
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
  const playedByGlue = playAll(host, answers, undefined, 'glue');
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
