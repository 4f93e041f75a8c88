import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { contracts } from '../../src/contract/contracts.ts';
import type { Answer, GuestEvent } from '../../src/contract/contract.ts';
import { GlueBoundary, type InstantiateCore } from '../../src/component/glue/glue-boundary.ts';
import { importGlue } from '../../src/component/glue/import-glue.ts';
import { loadComponent } from '../../src/component/load-component.ts';
import { silentLogger } from '../../src/logger.ts';
import { buildGuest } from './build-guest.ts';

// What the guests do, so that a test that uses one may rely on it.

const root = join(import.meta.dirname, '..', '..');

function event(text: string, attempt = 1): GuestEvent {
  return {
    id: '1',
    source: 'queue:jobs',
    subject: 'jobs',
    time: 1_700_000_000_000_000_000n,
    attempt,
    key: Uint8Array.of(1, 2),
    contentType: 'text/plain',
    headers: [
      ['Name', 'välue'],
      ['name', ''],
    ],
    data: Buffer.from(text),
  };
}

interface Glue {
  readonly instantiate: (
    module: (name: string) => WebAssembly.Module | undefined,
    imports: object,
    instantiateCore: InstantiateCore,
  ) => Promise<Readonly<Record<string, unknown>>>;
}

/** An instance of a guest, as a function from events to answers. */
async function instanceOf(name: string, imports: object = {}): Promise<(...events: GuestEvent[]) => readonly Answer[]> {
  const component = await loadComponent(
    {
      name,
      source: await buildGuest(name),
      contracts,
      provides: () => ({ suspends: [] }),
      cacheDir: join(root, '.cache', 'components'),
      memoryBytes: 2 ** 20,
      log: silentLogger,
    },
    new AbortController().signal,
  );
  const { instantiate } = (await importGlue(component.glue)) as Glue;
  const boundary = new GlueBoundary(2 ** 26);
  const instance = await instantiate((module) => component.modules.get(module), imports, boundary.instantiateCore());
  const call = contracts
    .find((contract) => contract.name === component.contract)
    ?.bind(instance[component.entry], () => assert.fail('no capability is used'));
  assert.ok(call !== undefined);
  return (...events) => {
    const answers = 'many' in call ? call.many(events) : events.map((event) => call.one(event));
    return answers as readonly Answer[];
  };
}

const completed = { kind: 'completed', messages: [] };
const said = (text: string, rest: object = {}): object => ({
  kind: 'completed',
  messages: [
    {
      to: 'out',
      key: undefined,
      contentType: undefined,
      headers: [],
      data: new Uint8Array(Buffer.from(text)),
      ...rest,
    },
  ],
});

test('every guest builds', async () => {
  const library = new Set(['abi', 'guest', 'host']);
  const files = await readdir(join(import.meta.dirname, 'source'), { withFileTypes: true });
  const names = files.filter((file) => file.isFile()).map(({ name }) => name.replace(/\.(?:ts|wat)$/, ''));
  for (const name of names) if (!library.has(name)) assert.match(await buildGuest(name), /\.wasm$/);
});

test('guest echo answers with the event, byte for byte, and its memory does not grow', async () => {
  const echo = await instanceOf('echo');
  const { key, ...keyless } = event('');
  const { contentType, headers } = keyless;
  for (let n = 0; n < 20_000; n++) echo(event('x'.repeat(100)));
  assert.deepEqual(echo(event('data')), [said('data', { key, contentType, headers })]);
  assert.deepEqual(echo(keyless), [said('', { contentType, headers })]);
});

test('guest accepts reads the data and publishes nothing', async () => {
  const accepts = await instanceOf('accepts');
  assert.deepEqual(accepts(event('data'), event('')), [completed, completed]);
});

test('guests fails and rejects do so', async () => {
  const fails = await instanceOf('fails');
  assert.deepEqual(fails(event(''), event('later')), [
    { kind: 'failed', reason: 'not yet' },
    { kind: 'failed', reason: 'not now', afterMs: 250 },
  ]);
  const rejects = await instanceOf('rejects');
  assert.deepEqual(rejects(event('')), [{ kind: 'rejected', reason: 'not an order' }]);
});

test('guest replies answers a request, and rejects an empty one', async () => {
  const replies = await instanceOf('replies');
  const [answer] = replies(event('why?'));
  assert.ok(answer?.kind === 'completed');
  assert.deepEqual(
    answer.messages.map(({ to, data }) => [to, Buffer.from(data).toString()]),
    [['', 'why?']],
  );
  assert.equal(replies(event(''))[0]?.kind, 'rejected');
});

test('guest traps traps', async () => {
  const traps = await instanceOf('traps');
  assert.throws(() => traps(event('')), /unreachable/);
});

test('guest grows stops at the limit: it traps there, or answers when told to', async () => {
  const grows = await instanceOf('grows');
  assert.deepEqual(grows(event('swallow')), [said('16')]);
  assert.throws(() => grows(event('')), /unreachable/);
});

test('guest leaks grows by a page a call', async () => {
  const leaks = await instanceOf('leaks');
  assert.deepEqual(leaks(event(''), event('')), [said('2'), said('3')]);
});

test('guest stillborn traps while it is instantiated', async () => {
  await assert.rejects(instanceOf('stillborn'), /unreachable/);
});

test('guest choose does what the data says', async () => {
  const choose = await instanceOf('choose');
  assert.deepEqual(choose(event('ok'), event('anything'), event('echo me'), event('fail'), event('reject')), [
    completed,
    completed,
    said('echo me'),
    { kind: 'failed', reason: 'asked to fail' },
    { kind: 'rejected', reason: 'asked to reject' },
  ]);
  assert.deepEqual(choose(event('fail-until:3', 2), event('fail-until:3', 3), event('trap-until:2', 2)), [
    { kind: 'failed', reason: 'attempt 2' },
    said('fail-until:3'),
    said('trap-until:2'),
  ]);
  assert.deepEqual(choose(event('to:far'), event('attempt of a', 3), event('count of b')), [
    said('to:far', { to: 'far' }),
    said('3 of a'),
    said('11 of b'),
  ]);
  for (const word of ['trap', 'trap-until:2', 'grow', 'nonsense']) assert.throws(() => choose(event(word)));
});

test('guest batch does with each event what choose does', async () => {
  const batch = await instanceOf('batch');
  assert.deepEqual(batch(event('ok'), event('echo me'), event('reject')), [
    completed,
    said('echo me'),
    { kind: 'rejected', reason: 'asked to reject' },
  ]);
});

test('guest prints writes a line on each stream, and drops them', async () => {
  const written: string[] = [];
  class OutputStream {
    readonly #name: string;
    constructor(name: string) {
      this.#name = name;
    }
    blockingWriteAndFlush(bytes: Uint8Array): void {
      written.push(`${this.#name} ${Buffer.from(bytes).toString()}`);
    }
    [Symbol.dispose](): void {
      written.push(`${this.#name} dropped`);
    }
  }
  const prints = await instanceOf('prints', {
    'wasi:cli/stdout@0.2.6': { getStdout: () => new OutputStream('stdout') },
    'wasi:cli/stderr@0.2.6': { getStderr: () => new OutputStream('stderr') },
    'wasi:io/streams@0.2.6': { OutputStream },
    'wasi:io/error@0.2.6': { Error },
  });
  assert.deepEqual(prints(event('hello')), [completed]);
  assert.deepEqual(written, ['stdout out: hello\n', 'stdout dropped', 'stderr err: hello\n', 'stderr dropped']);
});

test('guest logs writes a record at every level', async () => {
  const logged: unknown[] = [];
  const logs = await instanceOf('logs', {
    'wasi:logging/logging@0.1.0-draft': { log: (...record: unknown[]) => logged.push(record.join(' ')) },
  });
  logs(event('hello'));
  assert.deepEqual(
    logged,
    ['trace', 'debug', 'info', 'warn', 'error', 'critical'].map((level) => `${level} orders hello`),
  );
});

test('guest config answers with a value', async () => {
  const get = (key: string): string | undefined => (key === 'currency' ? 'EUR' : undefined);
  const config = await instanceOf('config', { 'wasi:config/store@0.2.0-draft': { get } });
  assert.deepEqual(config(event('currency'), event('colour')), [
    said('EUR'),
    { kind: 'rejected', reason: 'no such key' },
  ]);
});

test('guest counts adds to a counter, or says why it could not', async () => {
  class Bucket {
    readonly name = 'default';
  }
  let sum = 0n;
  const counts = await instanceOf('counts', {
    'wasi:keyvalue/store@0.2.0-draft': {
      Bucket,
      open(name: string) {
        if (name !== 'default') throw { tag: 'access-denied' };
        return new Bucket();
      },
    },
    'wasi:keyvalue/atomics@0.2.0-draft': {
      increment: (_bucket: Bucket, key: string, delta: bigint) => (key === 'count' ? (sum += delta) : -1n),
    },
  });
  assert.deepEqual(counts(event(''), event(''), event('secrets')), [
    said('1'),
    said('2'),
    { kind: 'failed', reason: 'open: access denied' },
  ]);
});

test('guest sleeps waits for the time in its event', async () => {
  const waited: bigint[] = [];
  class Pollable {
    block(): void {}
  }
  const sleeps = await instanceOf('sleeps', {
    'wasi:io/poll@0.2.6': { Pollable },
    'wasi:clocks/monotonic-clock@0.2.6': {
      subscribeDuration(nanoseconds: bigint) {
        waited.push(nanoseconds);
        return new Pollable();
      },
    },
  });
  sleeps(event(''), event('250'));
  assert.deepEqual(waited, [10_000_000n, 250_000_000n]);
});
