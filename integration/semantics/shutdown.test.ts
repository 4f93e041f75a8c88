import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { DeadLetterStore } from '../../src/dispatch/dead-letters/dead-letter-store.ts';
import type { StateFile } from '../../src/state/state-file.ts';
import { buildGuest } from '../guests/build-guest.ts';
import { itemsOf, put, textsOf } from '../queue-items.ts';
import type { SluiceProcess } from '../sluice-process.ts';
import { TemporaryApp } from '../temporary-app.ts';

/** An announcer logs that it was entered, sleeps for the milliseconds that its data begins with, and does the rest like `choose`. */
const HOUR = '3600000 ok';

const announces = await buildGuest('announces');

/** `brisk`: what handles the queue `in`. */
const toml = (grace: string, brisk: string): string => `
  shutdown.grace = "${grace}"
  component.slow = { source = "${announces}", pool = { threads = 1, instances = 2 }, limits = { timeout = "2h" } }
  component.brisk = { source = "${brisk}", pool = { threads = 1, instances = 1 }, limits = { timeout = "2h" } }
  [[trigger.queue]]
  name = "slow"
  queue = "slow"
  component = "slow"
  concurrency = 8
  [[trigger.queue]]
  name = "in"
  queue = "in"
  component = "brisk"
  [output.out]
  queue = "out"`;

async function until(state: StateFile, met: () => boolean): Promise<void> {
  const patience = AbortSignal.timeout(120_000);
  while (!met()) {
    patience.throwIfAborted();
    await state.changed(20, patience);
  }
}

/** That nothing has happened to what is left of a queue, as far as its events can tell. */
function assertUntouched(state: StateFile, queue: string): void {
  for (const { text, place, attempt } of itemsOf(state, queue))
    assert.deepEqual({ text, place, attempt }, { text, place: 'ready', attempt: 0 });
}

/** How many guests of a component were entered, as far as it is known by now. */
function enteredIn({ stderr }: SluiceProcess, component: string): number {
  const lines = stderr.split('\n').filter((line) => line.includes('"msg":"entered"'));
  return lines.filter((line) => line.includes(`"component":"${component}"`)).length;
}

test('SIGTERM under load: what runs finishes, the rest is back with its source uncharged, no dead letter, exit 0', async () => {
  using app = await TemporaryApp.create({ guests: [], toml: toml('1h', await buildGuest('choose')) });
  await using state = app.openState();
  const echoes = Array.from({ length: 3000 }, (_, n) => `echo ${n}`);
  await put(state, 'in', ...echoes);
  await put(state, 'slow', ...Array.from({ length: 20 }, () => '700 ok'));
  await using sluice = app.start(['up']);
  await until(state, () => enteredIn(sluice, 'slow') === 2);
  sluice.kill('SIGTERM');
  const { code, stderr } = await sluice.ended();
  assert.equal(code, 0);
  assert.doesNotMatch(stderr, /cancelled/);
  const entered = enteredIn(sluice, 'slow');
  assert.ok(entered < 20, 'it was not under load any more');
  assert.equal(itemsOf(state, 'slow').length, 20 - entered);
  assertUntouched(state, 'slow');
  assertUntouched(state, 'in');
  assert.deepEqual([...textsOf(state, 'in'), ...textsOf(state, 'out')].toSorted(), echoes.toSorted());
  assert.equal(new DeadLetterStore(state, () => 0).count(), 0);
});

for (const { what, grace, signals } of [
  { what: 'when the grace period is over', grace: '200ms', signals: 1 },
  { what: 'at the second signal', grace: '1h', signals: 2 },
]) {
  test(`what still runs ${what} is given up, back at once and uncharged, exit 0`, async () => {
    using app = await TemporaryApp.create({ guests: [], toml: toml(grace, announces) });
    await using state = app.openState();
    await put(state, 'slow', HOUR, HOUR, HOUR);
    await put(state, 'in', '50 spin', '0 echo a');
    await using sluice = app.start(['up']);
    await until(state, () => enteredIn(sluice, 'slow') === 2 && enteredIn(sluice, 'brisk') > 0);
    for (let n = 0; n < signals; n += 1) {
      sluice.kill('SIGTERM');
      await sluice.says(n === 0 ? /draining/ : /cancelling running calls/);
    }
    const { code, stderr } = await sluice.ended();
    assert.equal(code, 0);
    assert.match(stderr, /their events went back to their sources/);
    assert.equal(itemsOf(state, 'slow').length, 3);
    assertUntouched(state, 'slow');
    assert.equal(new DeadLetterStore(state, () => 0).count(), 0);
    assertUntouched(state, 'in');
  });
}

test('a cron slot that is given up is to run again, uncharged', async () => {
  const cron = `
    component.announces.limits = { timeout = "2h" }
    [[trigger.cron]]
    every = "365d"
    run_at_start = true
    payload = "${HOUR}"
    component = "announces"`;
  using app = await TemporaryApp.create({ guests: ['announces'], toml: cron });
  await using sluice = app.start(['up']);
  await sluice.says(/ready in/);
  await using state = app.openState();
  const slots = (): unknown[] =>
    state.read((db) =>
      db
        .prepare('SELECT state, attempts FROM cron_slot')
        .all()
        .map((row) => ({ ...row })),
    );
  await until(state, () => enteredIn(sluice, 'announces') === 1);
  sluice.kill('SIGTERM');
  await sluice.says(/draining/);
  sluice.kill('SIGTERM');
  assert.equal((await sluice.ended()).code, 0);
  assert.deepEqual(slots(), [{ state: 'waiting', attempts: 0 }]);
});

test('a signal ends a start that is held up by a source, and one that is held up by an output', async () => {
  const adapter = `
    import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
    const never = (_options, _context, signal) => {
      process.stderr.write('opening what never opens');
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const part = { schema: z.strictObject({}), open: never, destination: () => 'nowhere' };
    export const adapter = { type: 'stuck', summary: 'Never opens.', trigger: part, output: part };`;
  const source = '[[trigger."./stuck.ts"]]\nname = "t"\ncomponent = "choose"';
  const output = '[[trigger.queue]]\nqueue = "in"\ncomponent = "choose"\n[output.far]\ntype = "./stuck.ts"';
  for (const stuck of [source, output]) {
    using app = await TemporaryApp.create({ guests: ['choose'], toml: stuck });
    app.write('stuck.ts', adapter);
    await using sluice = app.start(['up']);
    await sluice.says(/opening what never opens/);
    sluice.kill('SIGTERM');
    assert.equal((await sluice.ended()).code, 0);
  }
});

test('neither a collector that does not answer nor what an adapter left open keeps the process', async () => {
  await using stack = new AsyncDisposableStack();
  const collector = createServer(() => {});
  stack.defer(() => collector.closeAllConnections());
  stack.defer(() => void collector.close());
  await new Promise<void>((resolve) => void collector.listen(0, '127.0.0.1', resolve));
  const { port } = collector.address() as AddressInfo; // it listens on a port
  const app = stack.use(
    await TemporaryApp.create({
      guests: ['choose'],
      toml: '[[trigger.queue]]\nqueue = "in"\ncomponent = "choose"\n[output.o]\ntype = "./forgetful.ts"',
    }),
  );
  app.write(
    'forgetful.ts',
    `import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
    const open = async () => {
      setInterval(() => {}, 1000);
      return { supports: {}, publish: async () => {}, async [Symbol.asyncDispose]() {} };
    };
    export const adapter = { type: 'forgetful', summary: 'Leaves a timer.', output: { schema: z.strictObject({}), open } };`,
  );
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_EXPORTER_OTLP_TIMEOUT: '3600000' };
  const sluice = stack.use(app.start(['up'], { env: endpoint }));
  await sluice.says(/ready in/);
  sluice.kill('SIGTERM');
  assert.equal((await sluice.ended()).code, 0);
});
