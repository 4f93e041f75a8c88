import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../clock.ts';
import { SluiceError } from '../errors.ts';
import { silentLogger, type Logger } from '../logger.ts';
import { openUnlessAway } from './unless-away.ts';

const { signal } = new AbortController();
const refused = new SluiceError('SLU3302', 'wrong password');
/** Whoever waits on it is out of patience at once. */
const hasty: Clock = { now: () => 0, sleep: () => Promise.resolve() };
const patient: Clock = { now: () => 0, sleep: () => new Promise(() => {}) };

function listening(): { readonly log: Logger; readonly told: unknown[][] } {
  const told: unknown[][] = [];
  return { log: { ...silentLogger, error: (...line) => void told.push(line) }, told };
}

test('an output that refuses for good while its opening is waited for is rejected, with its place in the manifest', async () => {
  const { log } = listening();
  const all = [{ name: 'far', open: () => Promise.reject(refused) }];
  const opening = openUnlessAway('output', all, { clock: patient, log }, signal);
  await assert.rejects(opening, { code: 'SLU3302', place: { path: 'output.far' } });
});

test('an output that refuses for good after the wait for it was over is told', async () => {
  const { log, told } = listening();
  const answer = Promise.withResolvers<never>();
  await openUnlessAway('output', [{ name: 'far', open: () => answer.promise }], { clock: hasty, log }, signal);
  assert.deepEqual(told, []);
  answer.reject(refused);
  await new Promise((resolve) => setImmediate(resolve));
  assert.match(JSON.stringify(told), /output refuses to be opened/);
});
