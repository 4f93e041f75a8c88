import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Grants } from '../../src/capability/capability.ts';
import { keyvalue } from '../../src/capability/keyvalue/keyvalue.ts';
import { type Guest, guestAt } from '../../src/capability/testing/guest.ts';
import { heldFolder } from '../../src/capability/testing/lone-instance.ts';
import { systemClock } from '../../src/clock.ts';
import { silentLogger } from '../../src/logger.ts';
import { StateFile } from '../../src/state/state-file.ts';
import { buildScript } from './build-script.ts';

// The capabilities as a script sees them through QuickJS and generated code: names, flags, records, errors and handles must fit the WIT.

interface Answer {
  readonly returned?: unknown;
  readonly thrown?: unknown;
}

type Script = (body: string) => Promise<Answer>;

async function answerOf(guest: Guest, text: string): Promise<string> {
  const answer = await guest.call(text);
  assert.equal(answer.kind, 'completed');
  return Buffer.from(answer.messages[0]?.data ?? []).toString();
}

/** Runs scripts in one instance. */
async function scriptWith(t: TestContext, given: Partial<Grants> = {}): Promise<Script> {
  const grants: Grants = { config: {}, env: {}, keyvalue: [], files: {}, http: [], publish: {}, ...given };
  const state = StateFile.open(':memory:');
  const service = keyvalue.serve?.({ component: 'script', grants, state, clock: systemClock, log: silentLogger });
  assert.ok(service !== undefined);
  const guest = await guestAt(await buildScript('script'), { grants, service });
  t.after(async () => {
    guest.instance.discard();
    await state[Symbol.asyncDispose]();
  });
  return async (body) => JSON.parse(await answerOf(guest, body)) as Answer;
}

test('a script that waits for nothing runs without being suspended, whatever its runtime imports', async () => {
  const guest = await guestAt(await buildScript('quick'));
  assert.equal(guest.suspends, false);
  assert.equal(await answerOf(guest, 'hello'), 'hello');
});

test('a script waits on the clock', async (t) => {
  const script = await scriptWith(t);
  const { returned } = await script(`
    const started = clock.now();
    const timer = clock.subscribeDuration(5_000_000);
    timer.block();
    return [timer.ready(), clock.now() - started >= 5_000_000, clock.subscribeDuration(3_600_000_000_000).ready()];
  `);
  assert.deepEqual(returned, [true, true, false]);
  const hourOrSoon = 'return [...poll.poll([clock.subscribeDuration(3_600_000_000_000), clock.subscribeDuration(1)])]';
  assert.deepEqual(await script(hourOrSoon), { returned: [1] });
});

test('a script sees the environment that is granted, and an empty standard input', async (t) => {
  const script = await scriptWith(t, { env: { LEVEL: 'info' } });
  const { returned } = await script(`
    return [environment.getEnvironment(), environment.getArguments(), environment.initialCwd() ?? null];
  `);
  assert.deepEqual(returned, [[['LEVEL', 'info']], [], null]);
  assert.deepEqual(await script('return stdin.getStdin().blockingRead(1)'), { thrown: { tag: 'closed' } });
});

test('a script gets randomness, and no network', async (t) => {
  const script = await scriptWith(t);
  assert.deepEqual(await script('return [random.getRandomBytes(3).length, typeof random.getRandomU64()]'), {
    returned: [3, 'number'],
  });
  const resolve = "return lookup.resolveAddresses(network.instanceNetwork(), 'example.com')";
  assert.deepEqual(await script(resolve), { thrown: 'access-denied' });
});

test('a script reads and writes granted files, and nothing beside them', async (t) => {
  const host = mkdtempSync(join(tmpdir(), 'sluice-script-'));
  t.after(() => rmSync(host, { recursive: true }));
  for (const folder of ['rw', 'ro']) mkdirSync(join(host, folder));
  writeFileSync(join(host, 'secret'), 'secret');
  writeFileSync(join(host, 'ro', 'greeting'), 'hello');
  symlinkSync('../secret', join(host, 'rw', 'leak'));
  const script = await scriptWith(t, {
    files: {
      '/rw': heldFolder(t, join(host, 'rw'), false),
      '/ro': heldFolder(t, join(host, 'ro'), true),
    },
  });
  const folders = 'const [[rw], [ro]] = preopens.getDirectories();';

  assert.deepEqual(await script('return preopens.getDirectories().map(([, path]) => path)'), {
    returned: ['/rw', '/ro'],
  });
  const { returned } = await script(`${folders}
    const file = ro.openAt({}, 'greeting', {}, { read: true });
    const { type, size } = file.stat();
    return [type, size, text(file.read(10, 1)[0]), text(file.readViaStream(2).blockingRead(10)), ro.getFlags().mutateDirectory];
  `);
  assert.deepEqual(returned, ['regular-file', 5, 'ello', 'llo', false]);

  await script(`${folders}
    const file = rw.openAt({}, 'new', { create: true }, { read: true, write: true });
    file.writeViaStream(0).blockingWriteAndFlush(bytes('one'));
    file.appendViaStream().blockingWriteAndFlush(bytes(' two'));
  `);
  assert.equal(readFileSync(join(host, 'rw', 'new'), 'utf8'), 'one two');
  const listed = await script(`${folders}
    const entries = rw.readDirectory();
    const names = [];
    for (let entry = entries.readDirectoryEntry(); entry; entry = entries.readDirectoryEntry()) names.push(entry.name);
    return names.sort();
  `);
  assert.deepEqual(listed, { returned: ['leak', 'new'] });

  const denied: Readonly<Record<string, string>> = {
    "ro.openAt({}, 'new', { create: true }, { write: true })": 'read-only',
    "ro.createDirectoryAt('new')": 'read-only',
    "rw.openAt({ symlinkFollow: true }, 'leak', {}, { read: true })": 'not-permitted',
    "rw.openAt({}, '../secret', {}, { read: true })": 'not-permitted',
    "rw.openAt({}, 'none', {}, { read: true })": 'no-entry',
  };
  for (const [step, code] of Object.entries(denied)) {
    assert.deepEqual(await script(`${folders} ${step}`), { thrown: code }, step);
  }
});

test('a script that fails to write gets the reason', async (t) => {
  const host = mkdtempSync(join(tmpdir(), 'sluice-script-'));
  t.after(() => rmSync(host, { recursive: true }));
  writeFileSync(join(host, 'file'), '');
  const script = await scriptWith(t, { files: { '/data': heldFolder(t, host, true) } });
  const { returned } = await script(`
    const [[folder]] = preopens.getDirectories();
    const stream = folder.openAt({}, 'file', {}, { read: true }).writeViaStream(0);
    try {
      stream.blockingWriteAndFlush(bytes('x'));
    } catch ({ payload: { tag, val } }) {
      return [tag, files.filesystemErrorCode(val), val.toDebugString()];
    }
  `);
  assert.deepEqual(returned, ['last-operation-failed', 'bad-descriptor', 'bad-descriptor']);
});

test('a script keeps values, counts, and swaps what it has seen', async (t) => {
  const script = await scriptWith(t, { keyvalue: ['default'] });
  const open = "const bucket = store.open('default');";
  const kept = await script(`${open}
    bucket.set('a', bytes('1'));
    batch.setMany(bucket, [['b', bytes('2')], ['c', bytes('')]]);
    bucket.delete('a');
    const many = batch.getMany(bucket, ['b', 'a']);
    return [bucket.exists('a'), text(bucket.get('c')), bucket.get('a') ?? null, text(many[0][1]), many[1] ?? null, bucket.listKeys(undefined)];
  `);
  assert.deepEqual(kept, { returned: [false, '', null, '2', null, { keys: ['b', 'c'], cursor: null }] });

  const counted = await script(`${open}
    return [atomics.increment(bucket, 'n', 7), atomics.increment(bucket, 'n', -9), text(bucket.get('n'))];
  `);
  assert.deepEqual(counted, { returned: [7, -2, '-2'] });

  const swapped = await script(`${open}
    const seen = atomics.Cas.new(bucket, 'n');
    bucket.set('n', bytes('theirs'));
    try {
      atomics.swap(seen, bytes('mine'));
    } catch ({ payload: { tag, val: fresh } }) {
      const current = text(fresh.current());
      atomics.swap(fresh, bytes('mine'));
      return [tag, current, text(bucket.get('n'))];
    }
  `);
  assert.deepEqual(swapped, { returned: ['cas-failed', 'theirs', 'mine'] });
});

test('a script gets the reason why the store refuses', async (t) => {
  const script = await scriptWith(t, { keyvalue: ['default'] });
  assert.deepEqual(await script("store.open('secrets')"), { thrown: { tag: 'access-denied' } });
  const refusals: Readonly<Record<string, string>> = {
    "bucket.get('')": 'a key has 1 to 1024 bytes, got 0',
    "bucket.listKeys('elsewhere')": 'the cursor is not one of this store',
    "bucket.set('word', bytes('x')); atomics.increment(bucket, 'word', 1)":
      "the key 'word' holds no decimal number, so nothing can be added to it",
  };
  for (const [step, val] of Object.entries(refusals)) {
    assert.deepEqual(await script(`const bucket = store.open('default'); ${step}`), { thrown: { tag: 'other', val } });
  }
});

test('a script that drops nothing ends with an error before the host runs out', async (t) => {
  const script = await scriptWith(t);
  await assert.rejects(
    script('const timers = []; for (;;) timers.push(clock.subscribeDuration(1))'),
    /more than 1024 resources of kind Pollable are open/,
  );
});
