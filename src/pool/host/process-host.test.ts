import assert from 'node:assert/strict';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { noGrants, openPool } from '../testing/guest-pool.ts';
import { scriptedComponent } from '../testing/scripted-component.ts';
import { assertTrapped, run, runAll, said, ToldCall } from '../testing/told-call.ts';

// What only a child process can do: be killed whatever its guest does, end alone, and be kept within a budget.

const host = 'process';
const onLinux = { skip: process.platform !== 'linux' && 'there is no /proc here' };
/** One that fills memory without end ends at its deadline of 300 ms; the others have time on a busy machine, too. */
const callsOf = (...texts: readonly string[]): ToldCall[] =>
  texts.map((text) => new ToldCall(text, text === 'fill' ? { timeoutMs: 300 } : {}));
const kindsOf = (outcomes: readonly { kind: string }[]): string => outcomes.map(({ kind }) => kind).join(' ');
const assertFinishedOnce = (calls: readonly ToldCall[]): void => {
  for (const call of calls) assert.equal(call.outcomes.length, 1, call.event.id);
};
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
};

/** Child processes of this one. */
function children(): readonly number[] {
  return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

const isAlive = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
};

test('a process is killed at the deadline of a guest that no thread can be ended for', async () => {
  await using pool = await openPool('lingers', { host });
  const calls = callsOf('ok', 'fill', 'ok', 'ok');
  assert.equal(kindsOf(await runAll(pool, calls)), 'completed timed-out completed completed');
  assertFinishedOnce(calls);
  assert.equal(pool.stats.abandoned, 0);
});

test(
  'SIGKILL in the midst of a batch loses nothing, charges nobody, and runs everything else again',
  onLinux,
  async () => {
    const ends: string[] = [];
    await using pool = await openPool('choose', { host, threadEnded: (reason) => ends.push(reason) });
    await runAll(
      pool,
      Array.from({ length: 300 }, () => new ToldCall('ok')),
    );
    const spinning = new ToldCall('spin', { timeoutMs: 3000 });
    const calls = [new ToldCall('ok'), spinning, ...Array.from({ length: 50 }, () => new ToldCall('ok'))];
    for (const call of calls) pool.submit(call);
    await until(() => pool.stats.running > 1);
    for (const pid of children()) process.kill(pid, 'SIGKILL');
    const outcomes = await Promise.all(calls.map(({ outcome }) => outcome));
    assert.deepEqual(new Set(outcomes.filter((_, n) => n !== 1).map(({ kind }) => kind)), new Set(['completed']));
    assert.equal(spinning.outcomes[0]?.kind, 'timed-out', 'for its own deadline, later');
    assertFinishedOnce(calls);
    assert.equal(ends[0], 'crashed');
  },
);

test('an abort of V8 ends one process, and costs the event that caused it one attempt', async () => {
  const component = scriptedComponent(`
    if (text === 'abort') process.kill(process.pid, 'SIGABRT');
    return [];`);
  const [hostile, neighbour] = await Promise.all([openPool(component, { host }), openPool('choose', { host })]);
  await using _both = {
    [Symbol.asyncDispose]: async () => void (await Promise.all([hostile.drain(), neighbour.drain()])),
  };
  const calls = callsOf('a', 'abort', 'b', 'c');
  const elsewhere = run(neighbour, 'ok');
  const outcomes = await runAll(hostile, calls);
  assertTrapped(outcomes[1]!, 'trap', /its process ended with SIGABRT/);
  assert.equal(kindsOf(outcomes.toSpliced(1, 1)), 'completed completed completed');
  assert.equal((await elsewhere).kind, 'completed');
  assertFinishedOnce(calls);
});

test(
  'a process that holds more than its budget is ended, and only the event that took it is charged',
  onLinux,
  async () => {
    const component = scriptedComponent(`
    globalThis.kept ??= [];
    if (text === 'hoard') for (;;) kept.push(new Uint8Array(2 ** 24).fill(1));
    return [];`);
    const ends: string[] = [];
    const threadEnded = (reason: string): void => void ends.push(reason);
    await using pool = await openPool(component, { host, budgetBytes: 400 * 2 ** 20, threadEnded });
    const calls = ['a', 'hoard', 'b', 'c'].map((text) => new ToldCall(text));
    const outcomes = await runAll(pool, calls);
    assertTrapped(outcomes[1]!, 'memory', /limits\.budget is 400 MiB \(SLU2102\)/);
    assert.equal(kindsOf(outcomes.toSpliced(1, 1)), 'completed completed completed');
    assertFinishedOnce(calls);
    assert.deepEqual(new Set(ends), new Set(['over-budget']));
  },
);

test(
  'a process gets an empty environment, a folder of code to be in, no arguments of ours and no descriptors of ours',
  onLinux,
  async () => {
    process.env['SLUICE_TEST_SECRET'] = 'hunter2';
    await using _pool = await openPool('choose', { host });
    for (const pid of children()) {
      assert.doesNotMatch(readFileSync(`/proc/${pid}/environ`, 'latin1'), /hunter2|=/);
      assert.doesNotMatch(readFileSync(`/proc/${pid}/cmdline`, 'latin1'), /hunter2|choose/);
      assert.equal(readlinkSync(`/proc/${pid}/cwd`), import.meta.dirname);
      const held = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
      assert.deepEqual(
        held.filter((path) => path.startsWith('/') && !/^\/dev\/(null|u?random)$/.test(path)),
        [],
      );
    }
    delete process.env['SLUICE_TEST_SECRET'];
  },
);

/** What a script of the glue's has when nothing holds it: Node's own modules. */
const NODE = `const node = (name) => process.getBuiltinModule(name);
  const say = (what) => [{ to: 'out', headers: [], data: new TextEncoder().encode(what) }];`;

test('code that got out of its guest opens no file, no connection and no process', async () => {
  const attempts = {
    read: `node('fs').readFileSync('/etc/hostname')`,
    list: `node('fs').readdirSync('/')`,
    parent: `node('fs').readFileSync('/proc/' + process.ppid + '/environ')`,
    write: `node('fs').writeFileSync('/tmp/sluice-escaped', '')`,
    run: `node('child_process').execFileSync('/bin/true')`,
    connect: `new Promise((done, failed) => node('net').connect(1, '127.0.0.1').on('connect', done).on('error', failed))`,
  };
  const cases = Object.entries(attempts).map(([what, code]) => `'${what}': () => ${code}`);
  const component = scriptedComponent(
    `${NODE} return (async () => ({ ${cases.join()} })[text]())().then(() => say('done'), (error) => say(error.code));`,
    { suspends: true },
  );
  await using pool = await openPool(component, { host });
  for (const what of Object.keys(attempts)) assert.equal(said(await run(pool, what)), 'ERR_ACCESS_DENIED', what);
});

/** What a child process can do to its socket, once code got out of its guest. */
const betrayals: Readonly<Record<string, string>> = {
  garbage: `write(node('crypto').randomBytes(5000))`,
  'a message without end': `write(prefix(0xffffffff, 0xffffffff))`,
  'a message of no kind': `frame({ kind: 'nonsense' })`,
  'numbers that are none': `frame({ kind: 'report', events: NaN, guestMs: '1', instances: -1, logs: [] }, outcomes())`,
  'outcomes of no kind': `frame(report, outcomes((at) => at.setUint8(12, 77)))`,
  'outcomes in a circle': `frame(report, outcomes((at) => { at.setUint32(0, 0xffffffff, true); at.setUint32(36, 8, true); }))`,
  'messages without end': `frame(report, outcomes((at) => { at.setUint8(12, 0); at.setUint32(52, 0xffffffff, true); }))`,
  'a line of a stranger': `frame({ ...report, logs: [{ call: 1, record: { level: 'loud', text: 1, context: {} } }] }, outcomes())`,
  'a line without end': `frame({ ...report, logs: [{ call: 1, record: { level: 'info', text: 'x'.repeat(1e6), context: '' } }] }, outcomes())`,
  'a closed socket': `node('fs').closeSync(3)`,
};

for (const [what, code] of Object.entries(betrayals)) {
  test(`a process that sends ${what} is ended, and only the event that made it do so is charged`, onLinux, async () => {
    const component = scriptedComponent(`${NODE}
      const write = (bytes) => { for (let at = 0; at < bytes.length;) { try { at += node('fs').writeSync(3, bytes, at); } catch (e) { if (e.code !== 'EAGAIN') throw e; } } };
      const prefix = (head, body) => { const bytes = Buffer.alloc(8); bytes.writeUInt32LE(head); bytes.writeUInt32LE(body, 4); return bytes; };
      const frame = (head, body = Buffer.alloc(0)) => { const bytes = node('v8').serialize(head); write(Buffer.concat([prefix(bytes.length, body.length), bytes, body])); };
      const report = { kind: 'report', events: 1, guestMs: 1, instances: 1, logs: [] };
      const outcomes = (change = () => {}) => { const at = new DataView(new ArrayBuffer(64)); at.setUint32(0, 1, true); at.setUint32(8, 12345, true); at.setUint8(12, 1); at.setUint32(36, 56, true); change(at); return Buffer.from(at.buffer); };
      if (text === 'betray') { ${code}; for (;;); }
      return [];`);
    await using pool = await openPool(component, { host });
    const calls = ['a', 'betray', 'b', 'c'].map((each) => new ToldCall(each));
    const outcomes = await runAll(pool, calls);
    assert.equal(kindsOf(outcomes), 'completed trapped completed completed');
    assertTrapped(
      outcomes[1]!,
      'trap',
      what === 'a closed socket' ? /its process ended/ : /not to be trusted.*\(SLU2103\)/,
    );
    assertFinishedOnce(calls);
  });
}

test('outcomes of calls that a process was not given, or that it told before, do not count', onLinux, async () => {
  const component = scriptedComponent(`${NODE}
    const at = new DataView(new ArrayBuffer(64 + 8));
    const frame = (number) => {
      at.setUint32(0, 1, true); at.setUint32(8, number, true); at.setUint8(12, 2); at.setUint32(36, 56, true);
      const head = node('v8').serialize({ kind: 'report', events: 1, guestMs: 1, instances: 1, logs: [] });
      const prefix = Buffer.alloc(8); prefix.writeUInt32LE(head.length); prefix.writeUInt32LE(64, 4);
      node('fs').writeSync(3, Buffer.concat([prefix, head, Buffer.from(at.buffer, 0, 64)]));
    };
    if (text === 'lie') { frame(999); frame(1); frame(1); }
    return [];`);
  await using pool = await openPool(component, { host });
  assert.equal((await run(pool, 'first')).kind, 'completed');
  const calls = callsOf('a', 'lie', 'b');
  assert.equal(kindsOf(await runAll(pool, calls)), 'completed completed completed');
  assertFinishedOnce(calls);
});

test('a granted folder is reached by its descriptor, and nothing beside it', onLinux, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-granted-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'file'), 'granted');
  writeFileSync(`${folder}.beside`, 'not granted');
  t.after(() => rmSync(`${folder}.beside`));
  const fd = openSync(folder, 'r');
  t.after(() => closeSync(fd));
  const imports = ['wasi:filesystem/preopens@0.2.0', 'wasi:filesystem/types@0.2.0'];
  const component = scriptedComponent(
    `${NODE}
    const [[folder]] = imports['wasi:filesystem/preopens@0.2.0'].getDirectories();
    if (text !== 'inside') return say(node('fs').readFileSync(text));
    const [bytes] = folder.openAt({}, 'file', {}, { read: true }).read(100n, 0n);
    return say(new TextDecoder().decode(bytes));`,
    { imports },
  );
  const files = { '/data': { host: folder, readonly: true, fd } };
  await using pool = await openPool(component, { host, grants: { ...noGrants, files } });
  assert.equal(said(await run(pool, 'inside')), 'granted');
  assertTrapped(await run(pool, `${folder}.beside`), 'trap', /restricted|denied/);
});

test('a process ends when its parent does, whatever its guest does', onLinux, async () => {
  const { fork } = await import('node:child_process');
  const parent = fork(new URL('../testing/abandoning-parent.ts', import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const pid = await new Promise<number>((resolve) => parent.once('message', (message) => resolve(Number(message))));
  assert.ok(isAlive(pid));
  parent.kill('SIGKILL');
  await until(() => !isAlive(pid));
});
