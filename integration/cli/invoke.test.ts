import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { buildGuest } from '../guests/build-guest.ts';
import { textsOf } from '../queue-items.ts';
import type { Ended } from '../sluice-process.ts';
import { TemporaryApp } from '../temporary-app.ts';

let app: TemporaryApp;

before(async () => {
  const toml = 'component.choose.limits = { timeout = "1s" }\n[output.out]\nqueue = "out"';
  app = await TemporaryApp.create({ guests: ['choose', 'prints'], toml });
});

after(() => app[Symbol.dispose]());

interface Told {
  readonly outcome: { readonly kind: string; readonly reason?: string };
  readonly settlement: string;
  readonly published: readonly { readonly output: string; readonly data: string }[];
  readonly logs: readonly { readonly text: string }[];
}

async function invoke(args: readonly string[], input?: string): Promise<Ended & Told> {
  const ended = await app.run(['--json', 'invoke', ...args], input === undefined ? {} : { input });
  return { ...ended, ...(JSON.parse(ended.stdout) as Told) }; // what invoke --json prints
}

test('invoke hands over its argument, a file or stdin, and prints what would be published', async () => {
  app.write('data.txt', 'echo from a file');
  const told = await Promise.all([
    invoke(['choose', 'echo from an argument']),
    invoke(['choose', '--file', 'data.txt']),
    invoke(['choose', '-'], 'echo from stdin'),
  ]);
  assert.deepEqual(
    told.map(({ code, published }) => [code, published.map(({ output, data }) => `${output} ${data}`)]),
    [
      [0, ['out echo from an argument']],
      [0, ['out echo from a file']],
      [0, ['out echo from stdin']],
    ],
  );
});

test('invoke prints what a component would publish while it runs, and publishes nothing', async () => {
  const source = JSON.stringify(await buildGuest('contracts/publisher'));
  const toml = `[component.publisher]\nsource = ${source}\nallow.publish = { out = ["orders.*"] }\n[output.out]\nqueue = "out"`;
  using own = await TemporaryApp.create({ guests: [], toml });
  const { stdout } = await own.run(['--json', 'invoke', 'publisher', 'publish orders.a one\npublish other two']);
  const { published, logs } = JSON.parse(stdout) as Told; // what invoke --json prints
  assert.deepEqual(
    published.map(({ output, data }) => [output, data]),
    [['out', 'one']],
  );
  assert.ok(logs.some(({ text }) => text === 'publish ok'));
  await using state = own.openState();
  assert.deepEqual(textsOf(state, 'out'), []);
});

test('invoke tells the outcome and what a source would be asked to do, and ends with 1 unless it completed', async () => {
  const words = ['ok', 'fail', 'reject', 'trap', 'spin', 'to:nowhere'];
  const outcomes = await Promise.all(words.map((word) => invoke(['choose', word])));
  assert.deepEqual(
    outcomes.map(({ code, outcome, settlement }) => [code, outcome.kind, settlement]),
    [
      [0, 'completed', 'accept'],
      [1, 'failed', 'retry'],
      [1, 'rejected', 'drop'],
      [1, 'trapped', 'retry'],
      [1, 'timed-out', 'retry'],
      [1, 'rejected', 'drop'],
    ],
  );
});

test('invoke --attempt says which attempt it is', async () => {
  assert.equal((await invoke(['choose', 'fail-until:3', '--attempt', '3'])).outcome.kind, 'completed');
  const last = await invoke(['choose', 'fail', '--attempt', '9']);
  assert.deepEqual([last.outcome.kind, last.settlement], ['failed', 'drop']);
});

test('invoke hands over no event that is larger than up would', async () => {
  const { code, outcome } = await invoke(['choose', '-'], 'x'.repeat(8 * 2 ** 20 + 1));
  assert.deepEqual([code, outcome.kind, outcome.reason?.startsWith('SLU3004')], [1, 'rejected', true]);
});

test('invoke prints what the guest wrote', async () => {
  const { stdout } = await app.run(['invoke', 'prints', 'hello']);
  assert.match(stdout, /^stdout {2}out: hello$/m);
  assert.match(stdout, /^stderr {2}err: hello$/m);
});

test('invoke publishes and settles nothing', async () => {
  const { stderr } = await app.run(['dead', 'list']);
  assert.match(stderr, /no dead letters/);
});

test('invoke takes a file without a manifest, and any output that it names', async () => {
  const { code, outcome, published } = await invoke([await buildGuest('choose'), 'to:anywhere']);
  assert.deepEqual([code, outcome.kind, published.map(({ output }) => output)], [0, 'completed', ['anywhere']]);
});

test('invoke tells what a component calls that Sluice does not provide', async () => {
  const { code, outcome, settlement, logs } = await invoke([await buildGuest('stranger'), 'x']);
  const told = 'the component called acme:weather/forecast@1.2.3, which Sluice does not provide';
  assert.deepEqual([code, outcome, settlement], [1, { kind: 'trapped', cause: 'denied', reason: told }, 'retry']);
  assert.deepEqual(
    logs.map(({ text }) => text),
    [told],
  );
});

test('an import that Sluice does not provide fails with the error that its own interface has for that', async () => {
  const { outcome, published } = await invoke([await buildGuest('asks'), 'Oslo']);
  assert.equal(outcome.kind, 'completed');
  // The case `denied`, and a text.
  const denied = '1/1 1/the component called acme:weather/forecast@1.2.3, which Sluice does not provide';
  assert.deepEqual(
    published.map(({ data }) => data),
    [denied],
  );
});

test('invoke refuses a component that is not defined', async () => {
  const { code, stderr } = await app.run(['invoke', 'chose', 'x']);
  assert.equal(code, 2);
  assert.match(stderr, /SLU1001: .*'chose'[^]*choose/);
});
