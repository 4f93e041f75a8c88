import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Permits } from './permits.ts';

const never = new AbortController().signal;

test('Permits refuses to hand out more than are free', () => {
  const permits = new Permits(2);
  permits.use(2);
  assert.throws(() => permits.use(1), TypeError);
  assert.equal(permits.free, 0);
});

test('Permits refuses one that is given back twice', () => {
  const permits = new Permits(1);
  permits.use(1);
  permits.give();
  assert.throws(() => permits.give(), TypeError);
});

test('Permits wakes who waits for one when one is given back', async () => {
  const permits = new Permits(1);
  permits.use(1);
  let woken = false;
  const waiting = permits.available(never).then(() => (woken = true));
  await Promise.resolve();
  assert.equal(woken, false);
  permits.give();
  await waiting;
  assert.equal(woken, true);
});

test('Permits wakes who waits for all of them with the last one', async () => {
  const permits = new Permits(2);
  permits.use(2);
  const all = permits.allFree(never);
  permits.give();
  permits.give();
  await all;
  assert.equal(permits.used, 0);
});

test('Permits stops waiting when the signal is aborted', async () => {
  const permits = new Permits(1);
  permits.use(1);
  const stop = new AbortController();
  const waiting = permits.available(stop.signal);
  stop.abort();
  await waiting;
  assert.equal(permits.free, 0);
});
