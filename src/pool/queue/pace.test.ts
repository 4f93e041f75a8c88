import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_EVENTS, Pace } from './pace.ts';

function paceOf(eventMs: number): Pace {
  const pace = new Pace();
  for (let n = 0; n < 1000; n++) pace.note(100, 100 * eventMs);
  return pace;
}

test('Pace makes batches of about 2 ms of work, and of 256 events at most', () => {
  assert.equal(paceOf(0.02).portion(0, 1), 100);
  assert.equal(paceOf(0.0001).portion(0, 1), MOST_EVENTS);
});

test('Pace lets one batch wait behind the one in work, and no more', () => {
  const pace = paceOf(0.02);
  assert.equal(pace.portion(100, 1), 100);
  assert.equal(pace.portion(101, 1), 0);
});

test('Pace lets no slow event wait in a thread', () => {
  const pace = paceOf(5);
  assert.equal(pace.portion(0, 1), 1);
  assert.equal(pace.portion(1, 1), 0);
});

test('Pace fills a thread in which slow calls are under way side by side', () => {
  const pace = paceOf(50);
  assert.equal(pace.portion(0, 16), 16);
  assert.equal(pace.portion(10, 16), 6);
  assert.equal(pace.portion(16, 16), 0);
});

test('Pace makes no batch of more than 256, however many calls may be under way', () => {
  assert.equal(paceOf(50).portion(0, 10_000), MOST_EVENTS);
  assert.equal(paceOf(0.02).portion(0, 10_000), MOST_EVENTS);
});

test('Pace recovers from one slow event', () => {
  const pace = paceOf(0.01);
  pace.note(1, 1000);
  assert.ok(pace.portion(0, 1) <= 1);
  for (let n = 0; n < 500; n++) pace.note(1, 0.01);
  assert.ok(pace.portion(0, 1) > 100);
});

test('Pace takes no note of a report without outcomes', () => {
  const pace = paceOf(0.02);
  pace.note(0, 50);
  assert.equal(pace.portion(0, 1), 100);
});
