import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildHostileFile } from '../sandbox/build-hostile.ts';
import { itemsOf } from '../queue-items.ts';
import { RunningApp } from './running-app.ts';
import { ScriptedBroker } from './scripted-broker.ts';

const PERMITS = 8;
const burst = Array.from({ length: 100 * PERMITS }, (_, n) => `echo ${n}`);

test('under a burst of a hundred times the permits, unsettled deliveries reach the permits and never exceed them', async () => {
  const broker = new ScriptedBroker();
  const toml = `
    [[trigger.scripted]]
    component = "choose"
    concurrency = ${PERMITS}
    [output.out]
    type = "queue"
    queue = "out"`;
  await using app = await RunningApp.open({ guests: ['choose'], toml, adapters: [broker.adapter] });
  broker.feed(...burst);
  await app.settled(burst.length);
  assert.equal(broker.mostUnsettled, PERMITS);
  assert.ok(broker.asked.every((max) => max >= 1 && max <= PERMITS));
});

test('under the same burst, no more than the permits are leased from the embedded queue, in one trigger or in two', async () => {
  const trigger = (name: string): string => `
    [[trigger.queue]]
    name = "${name}"
    queue = "in"
    component = "choose"
    concurrency = ${PERMITS}`;
  const toml = `${trigger('one')}${trigger('two')}\n[output.out]\nqueue = "out"`;
  await using app = await RunningApp.open({ guests: ['choose'], toml }, ...burst);
  let most = 0;
  await app.until(() => {
    const held = itemsOf(app.state, 'in').filter(({ place }) => place === 'held');
    most = Math.max(most, held.length);
    return app.out.length === burst.length;
  });
  assert.ok(most > 0 && most <= 2 * PERMITS, `${most} were leased`);
  assert.ok(app.runtime.supervisors.every(({ context }) => context.tally.accepted > 0));
});

for (const host of ['thread', 'process'] as const) {
  test(`answers that wait for an output are bounded in bytes, on the host ${host}: the rest of the events wait uncalled`, async () => {
    const broker = new ScriptedBroker();
    const publish = broker.holdOutputs();
    const toml = `
      [component.much]
      source = ${JSON.stringify(await buildHostileFile('answers-much'))}
      pool = { host = "${host}", threads = 2 }
      [[trigger.scripted]]
      name = "t"
      component = "much"
      [output.out]
      type = "scripted"`;
    await using app = await RunningApp.open({ guests: [], toml, adapters: [broker.adapter] });
    const events = Array.from({ length: 60 }, (_, n) => `h${n}`);
    broker.feed(...events);
    const component = app.runtime.components.get('much');
    // 64 MiB and what two threads may be ahead; without a bound, all 60 are called: 480 MB.
    let completed = 0;
    await app.until(async () => {
      const { running, queued } = component!.stats;
      ({ completed } = (await app.status()).outcomes);
      return completed >= 9 && running === 0 && queued > 0;
    });
    assert.ok(completed <= 20, `${completed} were called`);
    publish();
    await app.settled(60);
    const published = broker.seen.filter(({ kind }) => kind === 'published').length;
    assert.deepEqual([published, app.letters.length], [60, 0]);
  });
}
