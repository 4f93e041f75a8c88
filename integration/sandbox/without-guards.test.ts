import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../seeded-random.ts';
import { cases } from './cases.ts';
import { guards } from './guards.ts';
import { failingWithout, occurrences } from './without-guards.ts';

// That the sandbox's cases would notice: each guard is taken out of a copy of the sources, and then at least one case must fail.

/** How many guards are taken out in the short form. */
const PICKED = 2;

test('each guard stands in the sources as its table says, and has a case', async () => {
  for (const guard of guards) {
    assert.equal(await occurrences(guard), 1, `${guard.name}: its text is not in ${guard.file}, or not once`);
    assert.ok(
      cases.some(({ guards }) => guards.includes(guard.name)),
      `${guard.name} has no case`,
    );
  }
  const known = new Set(guards.map(({ name }) => name));
  for (const { name, guards } of cases)
    assert.deepEqual(
      guards.filter((guard) => !known.has(guard)),
      [],
      name,
    );
});

const seed = Number(process.env['SLUICE_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const random = seededRandom(seed);
const shuffled = guards.map((guard) => ({ guard, at: random() })).toSorted((a, b) => a.at - b.at);
const taken = process.env['SLUICE_LONG'] === undefined ? shuffled.slice(0, PICKED) : shuffled;

for (const { guard } of taken) {
  test(`a guest gets out without the guard: ${guard.name}`, async (t) => {
    t.diagnostic(`SLUICE_SEED=${seed}`);
    const failing = await failingWithout(guard);
    for (const each of failing) t.diagnostic(each);
    assert.notEqual(failing.length, 0, 'every case passes without it');
  });
}
