import assert from 'node:assert/strict';
import { test } from 'node:test';
import { put, textsOf } from '../queue-items.ts';
import { TemporaryApp } from '../temporary-app.ts';

// A guest inside bulk memory instructions that never ends: its thread can't be ended by anybody, but the process can.

const toml = `
  component.lingers.limits.timeout = "300ms"
  [[trigger.queue]]
  queue = "in"
  component = "lingers"
  retry = { attempts = 1 }
  [shutdown]
  grace = "1s"`;

/** With a guest that says when it was entered, and is not ended at a deadline. */
const announced = toml.replaceAll('lingers', 'announces-and-lingers').replace('"300ms"', '"1h"');

test('invoke of a guest that never returns tells the timeout, and ends', async () => {
  using app = await TemporaryApp.create({ guests: ['lingers'], toml });
  const { code, stdout } = await app.run(['invoke', 'lingers', 'fill']);
  assert.match(stdout, /^timed-out: ended at its deadline of 300 ms$/m);
  assert.equal(code, 1);
});

test('up goes on beside a guest that never returns, and its end waits for nobody', async () => {
  using app = await TemporaryApp.create({ guests: ['lingers'], toml });
  await using state = app.openState();
  await put(state, 'in', 'fill', 'ok', 'ok');
  const { code, stderr } = await app.run(['up', '--until-idle', '50ms']);
  assert.match(stderr, /SLU2101/);
  assert.match(stderr, /2 handled, 0 running, 1 dead-lettered/);
  assert.deepEqual(textsOf(state, 'in'), []);
  assert.equal(code, 0);
});

test('a second SIGTERM ends up whatever a guest does, and its event stays with its source', async () => {
  using app = await TemporaryApp.create({
    guests: ['announces-and-lingers'],
    toml: announced.replace('"1s"', '"1h"'),
  });
  await using state = app.openState();
  await using sluice = app.start(['up']);
  await sluice.says(/ready in/);
  await put(state, 'in', 'fill');
  await sluice.says(/entered/);
  sluice.kill('SIGTERM');
  await sluice.says(/draining/);
  sluice.kill('SIGTERM');
  assert.equal((await sluice.ended()).code, 0);
  assert.deepEqual(textsOf(state, 'in'), ['fill']);
});

test('the end of the grace period ends up whatever a guest does', async () => {
  using app = await TemporaryApp.create({ guests: ['announces-and-lingers'], toml: announced });
  await using state = app.openState();
  await using sluice = app.start(['up']);
  await sluice.says(/ready in/);
  await put(state, 'in', 'fill');
  await sluice.says(/entered/);
  sluice.kill('SIGTERM');
  assert.equal((await sluice.ended()).code, 0);
  assert.deepEqual(textsOf(state, 'in'), ['fill']);
});
