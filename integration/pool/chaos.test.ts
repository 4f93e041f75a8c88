import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutcomeKind } from '../../src/outcome.ts';
import { openPool } from '../../src/pool/testing/guest-pool.ts';
import { ToldCall } from '../../src/pool/testing/told-call.ts';
import { seededRandom } from '../seeded-random.ts';

const ROUNDS = process.env['SLUICE_LONG'] === undefined ? 1 : 20;
const CALLS = 1000;

/** What each word comes to, unless it is cancelled. Those that never return are ended soon; nobody else is ever near a deadline. */
const expected: Readonly<Record<string, { kind: OutcomeKind; often: number }>> = {
  ok: { kind: 'completed', often: 60 },
  'echo x': { kind: 'completed', often: 20 },
  fail: { kind: 'failed', often: 5 },
  reject: { kind: 'rejected', often: 5 },
  trap: { kind: 'trapped', often: 4 },
  grow: { kind: 'trapped', often: 1 },
  nonsense: { kind: 'trapped', often: 4 },
  spin: { kind: 'timed-out', often: 1 },
};
const bag = Object.entries(expected).flatMap(([word, { often }]) => Array.from({ length: often }, () => word));

for (const guest of ['choose', 'batch', 'wakes']) {
  test(`${guest}: each of many calls is finished once, and charged with what it did itself`, async (t) => {
    for (let round = 0; round < ROUNDS; round++) {
      const seed = Math.floor(Math.random() * 2 ** 32);
      t.diagnostic(`seed ${seed}`);
      await chaos(guest, seededRandom(seed));
    }
  });
}

async function chaos(guest: string, random: () => number): Promise<void> {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const sources = ['a', 'b', 'c', 'to be cancelled', 'to be withdrawn'];
  await using pool = await openPool(guest, { threads: 2, instances: 8, maxCalls: 50 });
  const calls = Array.from({ length: CALLS }, () => {
    const word = pick(bag);
    const text = guest === 'wakes' ? `${Math.floor(random() * 5)} ${word}` : word;
    return new ToldCall(text, { source: pick(sources), timeoutMs: word === 'spin' ? 30 : 60_000 });
  });
  for (const [n, call] of calls.entries()) {
    pool.submit(call);
    if (n % 50 === 49) await new Promise((resolve) => setTimeout(resolve, random() * 20));
    if (n % 200 === 199) pool.cancel('to be cancelled');
    if (n % 100 === 99) pool.withdraw('to be withdrawn');
  }
  await Promise.all(calls.map((call) => call.outcome));
  await pool.drain();
  for (const { outcomes, event, source } of calls) {
    const word = guest === 'wakes' ? event.id.slice(event.id.indexOf(' ') + 1) : event.id;
    const may: OutcomeKind[] = [expected[word]!.kind];
    if (String(source).startsWith('to be')) may.push('cancelled');
    assert.equal(outcomes.length, 1, event.id);
    assert.ok(may.includes(outcomes[0]!.kind), `${event.id} of ${String(source)}: ${JSON.stringify(outcomes[0])}`);
  }
}
