import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OffsetTracker, type Place } from './offset-tracker.ts';

function added(tracker: OffsetTracker<Place>, offset: number): Place {
  const place = { offset, finished: false };
  tracker.add(place);
  return place;
}

test('OffsetTracker never passes the lowest unfinished offset, whatever the order of completion', () => {
  let seed = 7;
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const tracker = new OffsetTracker<Place>(100);
  const open: Place[] = [];
  let next = 100;
  for (let step = 0; step < 20_000; step += 1) {
    if (open.length === 0 || (random(2) === 0 && step < 15_000)) {
      next += random(4) === 0 ? random(5) : 0; // a gap
      open.push(added(tracker, next));
      next += 1;
    } else {
      const [done] = open.splice(random(open.length), 1);
      if (done !== undefined) tracker.finish(done);
    }
    assert.equal(tracker.watermark, open.length === 0 ? next : Math.min(...open.map(({ offset }) => offset)));
    assert.equal(tracker.unfinished, open.length);
  }
});

test('OffsetTracker goes past what holds no records: control records, compacted gaps', () => {
  const tracker = new OffsetTracker<Place>(0);
  const only = added(tracker, 3);
  tracker.advance(10);
  assert.equal(tracker.watermark, 3);
  tracker.finish(only);
  assert.equal(tracker.watermark, 10);
  tracker.advance(5);
  assert.deepEqual([tracker.watermark, tracker.next, tracker.span], [10, 10, 0]);
});

test('OffsetTracker counts a record that is finished twice once, and refuses one that came before', () => {
  const tracker = new OffsetTracker<Place>(0);
  const first = added(tracker, 0);
  added(tracker, 1);
  tracker.finish(first);
  tracker.finish(first);
  assert.equal(tracker.unfinished, 1);
  assert.throws(() => added(tracker, 1), RangeError);
});
