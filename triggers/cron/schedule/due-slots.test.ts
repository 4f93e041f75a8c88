import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dueSlots, type DueSlots, PUNCTUAL_MS } from './due-slots.ts';
import type { CatchUp } from '../options.ts';
import { cronSlotTimes, everySlotTimes } from './slot-times.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TEN = Date.UTC(2026, 5, 1, 10);

const quarters = cronSlotTimes('*/15 * * * *', 'UTC');

interface Case {
  readonly policy: CatchUp['policy'];
  readonly within?: number;
  readonly max?: number;
  readonly after?: number;
  readonly now: number;
}

function ask({ policy, within = HOUR, max = 100, after = TEN, now }: Case): DueSlots | undefined {
  const catchUp = { policy, withinMs: within, max };
  return dueSlots({ slots: quarters, after, now, dueAt: (slot) => slot, catchUp });
}

/** `10:15 scheduled`. */
function runsOf(due: DueSlots | undefined): string[] | undefined {
  return due?.runs.map(({ slot, run }) => `${new Date(slot).toISOString().slice(11, 16)} ${run}`);
}

describe('down for an hour, from 10:00 to 11:07', () => {
  const now = TEN + 67 * MINUTE;

  test('catch_up none runs none of the four missed slots', () => {
    const due = ask({ policy: 'none', now });
    assert.deepEqual([runsOf(due), due?.missed, due?.upTo], [[], 4, TEN + HOUR]);
  });

  test('catch_up latest runs the last of the four', () => {
    const due = ask({ policy: 'latest', now });
    assert.deepEqual([runsOf(due), due?.missed, due?.upTo], [['11:00 catch-up'], 3, TEN + HOUR]);
  });

  test('catch_up all runs the four, oldest first', () => {
    const due = ask({ policy: 'all', now });
    assert.deepEqual(runsOf(due), ['10:15 catch-up', '10:30 catch-up', '10:45 catch-up', '11:00 catch-up']);
    assert.equal(due?.missed, 0);
  });

  test('catch_up all up to 2 runs the newest two', () => {
    const due = ask({ policy: 'all', max: 2, now });
    assert.deepEqual([runsOf(due), due?.missed], [['10:45 catch-up', '11:00 catch-up'], 2]);
  });

  test('catch_up all within 30m runs those that are not older', () => {
    const due = ask({ policy: 'all', within: 30 * MINUTE, now });
    assert.deepEqual([runsOf(due), due?.missed], [['10:45 catch-up', '11:00 catch-up'], 2]);
  });

  test('catch_up latest within 5m runs nothing, since the latest is older', () => {
    assert.deepEqual(runsOf(ask({ policy: 'latest', within: 5 * MINUTE, now })), []);
  });
});

describe('a slot that is due while something is up', () => {
  test('runs as scheduled, whatever the catch-up policy', () => {
    for (const policy of ['none', 'latest', 'all'] as const) {
      const due = ask({ policy, now: TEN + 15 * MINUTE });
      assert.deepEqual([runsOf(due), due?.missed], [['10:15 scheduled'], 0]);
    }
  });

  test('is not due one millisecond early', () => {
    assert.equal(ask({ policy: 'all', now: TEN + 15 * MINUTE - 1 }), undefined);
  });

  test('is punctual up to 30 s late, and missed after that', () => {
    const late = TEN + 15 * MINUTE + PUNCTUAL_MS;
    assert.deepEqual(runsOf(ask({ policy: 'none', now: late })), ['10:15 scheduled']);
    assert.deepEqual(runsOf(ask({ policy: 'none', now: late + 1 })), []);
  });

  test('is the latest itself: catch_up latest adds no other, catch_up all adds those before', () => {
    const now = TEN + 45 * MINUTE + 5000;
    assert.deepEqual(runsOf(ask({ policy: 'latest', now })), ['10:45 scheduled']);
    assert.deepEqual(runsOf(ask({ policy: 'all', now })), ['10:15 catch-up', '10:30 catch-up', '10:45 scheduled']);
    assert.deepEqual(runsOf(ask({ policy: 'all', max: 1, now })), ['10:30 catch-up', '10:45 scheduled']);
  });
});

test('after years of rest the newest slots are found at once, and the count of the others stops at 1,000', () => {
  const now = TEN + 5000 * DAY + 40_000;
  const catchUp = { policy: 'all', withinMs: HOUR, max: 3 } as const;
  const due = dueSlots({ slots: everySlotTimes(30_000), after: TEN, now, dueAt: (slot) => slot, catchUp });
  assert.deepEqual(
    due?.runs.map(({ slot }) => slot - TEN - 5000 * DAY),
    [-60_000, -30_000, 0, 30_000],
  );
  assert.equal(due?.missed, 996);
});

test('a slot with jitter is due when its jitter is over, and holds back those after it', () => {
  const catchUp = { policy: 'all', withinMs: HOUR, max: 100 } as const;
  const dueAt = (slot: number): number => slot + 4 * MINUTE;
  const ask = (now: number): DueSlots | undefined => dueSlots({ slots: quarters, after: TEN, now, dueAt, catchUp });
  assert.equal(ask(TEN + 19 * MINUTE - 1), undefined);
  assert.deepEqual(runsOf(ask(TEN + 19 * MINUTE)), ['10:15 scheduled']);
  assert.deepEqual(runsOf(ask(TEN + 33 * MINUTE)), ['10:15 catch-up']);
});
