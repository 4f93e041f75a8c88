import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { z } from 'zod';
import { type Adapter, type Clock, SluiceError } from '#trigger';
import { RunningApp } from './running-app.ts';

/** Pauses take no time. */
const hasty: Clock = { now: () => Date.now(), sleep: () => turn() };

/** A source that can't be opened, and how often that was tried. */
function closedSource(failure: SluiceError): { readonly adapter: Adapter; readonly tried: () => number } {
  let tried = 0;
  const adapter: Adapter = {
    type: 'closed',
    summary: 'Can not be opened.',
    trigger: {
      schema: z.strictObject({}),
      destination: () => 'nowhere',
      open: () => {
        tried += 1;
        return Promise.reject(failure);
      },
    },
  };
  return { adapter, tried: () => tried };
}

const toml = `
  [[trigger.closed]]
  name = "closed"
  component = "accepts"
  on_failure = "exit"
  [[trigger.queue]]
  name = "other"
  queue = "in"
  component = "accepts"`;

test('a failure that passes only so many times in a row is the end of its trigger after as many, and of the runtime if it says so', async () => {
  const failure = new SluiceError('SLU3412', 'gave up', { transient: true, tries: 6 });
  const { adapter, tried } = closedSource(failure);
  await using app = await RunningApp.open({ guests: ['accepts'], adapters: [adapter], clock: hasty, toml });
  await app.runtime.ended();
  const { state, restarts } = await app.status('closed');
  assert.deepEqual([state, tried(), restarts], ['failed', 6, 5]);
  assert.equal((await app.status('other')).state, 'running');
});
