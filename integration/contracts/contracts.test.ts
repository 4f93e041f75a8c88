import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Header } from '../../src/event.ts';
import { ContractApp } from './contract-app.ts';

// Every contract passes the same cases on a queue and a schedule, on threads and processes.

const LONG = process.env['SLUICE_LONG'] !== undefined;
/** A process differs from a thread in the same way for all of a kind: the short form plays a list of bytes, a resource and a command there. */
const KINDS: ReadonlySet<string> = new Set(['spin-redis', 'wasi-messaging', 'wasi-cli']);

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const headers: readonly Header[] = [
  ['x-tag', 'blue'],
  ['traceparent', TRACE],
];

interface Case {
  /** What the guest is handed of `ok`, with these headers. */
  readonly handed: RegExp;
  /** The same of the second attempt of `fail`; absent: it can't tell them apart. */
  readonly again?: RegExp;
  /** What it fails with. */
  readonly failure?: string;
}

const attributes = (prefix: string, queue: string, attempt: number): string =>
  `${prefix}specversion=1\\.0 ${prefix}type=sluice\\.event ${prefix}id=\\S+ ${prefix}source=queue:${queue} ${prefix}subject=${queue} ${prefix}time=20\\S+Z ${prefix}attempt=${attempt}`;
const withHeaders = (prefix: string, queue: string, attempt = 1): string =>
  `x-tag=blue traceparent=${TRACE} ${attributes(prefix, queue, attempt)}`;

const cases: Readonly<Record<string, Case>> = {
  'wasi-messaging': {
    handed: new RegExp(`^topic=wasi-messaging type=text/plain data=ok ${withHeaders('ce-', 'wasi-messaging')}$`),
    again: /data=fail x-tag.* ce-attempt=2$/,
  },
  'wasmcloud-incoming': {
    handed: new RegExp(`^topic=wasmcloud-incoming data=ok ${withHeaders('ce-', 'wasmcloud-incoming')}$`),
    again: /data=fail x-tag.* ce-attempt=2$/,
  },
  'wasmcloud-messaging': { handed: /^subject=wasmcloud-messaging reply=0 data=ok$/ },
  'spin-redis': { handed: /^data=ok$/, failure: 'error' },
  'spin-mqtt': { handed: /^topic=spin-mqtt data=ok$/ },
  'spin-sqs': {
    handed: new RegExp(`^id=\\S+ data=ok ${withHeaders('', 'spin-sqs')}$`),
    again: /data=fail x-tag.* attempt=2$/,
  },
  'wasmcloud-cron': { handed: /^data=ok$/ },
  'wasi-http': {
    handed: new RegExp(`^path=/ data=ok ${withHeaders('ce-', 'wasi-http')} content-type=text/plain content-length=2$`),
    again: /data=fail x-tag.* ce-attempt=2 /,
    failure: 'HTTP status 500: asked to fail',
  },
  'wasi-cli': {
    handed: new RegExp(
      `^data=ok run=1 args= wasi-cli ${attributes('CE_', 'wasi-cli', 1).replaceAll(/CE_\w+/g, (name) => name.toUpperCase())} CE_DATACONTENTTYPE=text/plain TRACEPARENT=${TRACE}$`,
    ),
    again: /data=fail run=1 .* CE_ATTEMPT=2 /,
    failure: 'the command failed',
  },
};

for (const host of ['thread', 'process'] as const) {
  test(`contracts on the host ${host}`, async (t) => {
    const theirs = Object.entries(cases).filter(([guest]) => host === 'thread' || LONG || KINDS.has(guest));
    await using app = await ContractApp.open(Object.fromEntries(theirs.map(([guest]) => [guest, ''])), host);
    for (const [guest, { handed, again, failure = 'asked to fail' }] of theirs) {
      await t.test(`${guest} is handed events, and its answers, traps and timeouts are outcomes`, async () => {
        await app.put(guest, ['ok', 'fail', 'trap'], headers);
        await app.put(`${guest}-spin`, ['spin']);
        await app.tick(guest, 'ok slot', 'fail slot');
        await app.settled(guest, 3);
        await app.settled(`${guest}-spin`, 1);
        await app.settled(`${guest}-cron`, 2);
        const { trap, ...letters } = app.letters(guest);
        assert.deepEqual(letters, { fail: `failed: ${failure}` });
        assert.match(trap ?? '', /^trapped: .*unreachable/);
        assert.deepEqual(app.letters(`${guest}-spin`), { spin: 'timed-out: ended at its deadline of 300 ms' });
        assert.deepEqual(app.letters(`${guest}-cron`), { 'fail slot': `failed: ${failure}` });
        const seen = app.seen(guest);
        const count = (form: RegExp): number => seen.filter((line) => form.test(line)).length;
        assert.equal(count(handed), 1, seen.join('\n'));
        assert.deepEqual([count(/data=fail(?! slot)/), count(/data=fail slot/), count(/data=ok slot/)], [2, 2, 1]);
        if (again !== undefined) assert.equal(count(again), 1, seen.join('\n'));
      });
    }
  });
}

test('spin-cron is handed the time of the slot in seconds, and its answers are outcomes', async () => {
  const before = Math.floor(Date.now() / 1000);
  for (const [word, outcome] of [
    ['ok', undefined],
    ['fail', /^failed: asked to fail$/],
    ['trap', /^trapped: .*unreachable/],
  ] as const) {
    await using app = await ContractApp.open({ 'spin-cron': `config = { do = "${word}" }` }, 'thread');
    await app.tick('spin-cron', 'slot');
    await app.settled('spin-cron-cron', 1);
    const { slot } = app.letters('spin-cron-cron');
    if (outcome === undefined) assert.equal(slot, undefined);
    else assert.match(slot ?? '', outcome);
    const [, timestamp = ''] = /^timestamp=(\d+)$/.exec(app.seen('spin-cron')[0] ?? '') ?? [];
    assert.ok(Number(timestamp) >= before && Number(timestamp) <= Date.now() / 1000, timestamp);
  }
});

test('a component with contracts for messages and for schedules gets each through its own, and a name in the manifest overrides that', async () => {
  const told = async (keys: string): Promise<readonly string[]> => {
    await using app = await ContractApp.open({ 'cron-and-redis': keys }, 'thread');
    await app.put('cron-and-redis', ['a']);
    await app.tick('cron-and-redis', 'b');
    await app.settled('cron-and-redis', 1);
    await app.settled('cron-and-redis-cron', 1);
    return app.seen('cron-and-redis').toSorted();
  };
  assert.deepEqual(await told(''), ['message=a', 'slot=b']);
  assert.deepEqual(await told('contract = "fermyon:spin/inbound-redis"'), ['message=a', 'message=b']);
  assert.deepEqual(await told('contract = "wasmcloud:cron/scheduler@0.1.0"'), ['slot=a', 'slot=b']);
});

test('a message in SQS terms holds data that are not text as an attribute, and stays in the queue when it is left there', async () => {
  await using app = await ContractApp.open({ 'spin-sqs': '' }, 'thread');
  await app.put('spin-sqs', [Buffer.of(0xff, 0xfe), 'leave']);
  await app.settled('spin-sqs', 2);
  const [binary, ...left] = app
    .seen('spin-sqs')
    .toSorted((a, b) => Number(a.includes('leave')) - Number(b.includes('leave')));
  assert.match(binary ?? '', /data=none .* data=2 bytes$/);
  assert.equal(left.length, 2);
  assert.deepEqual(app.letters('spin-sqs'), { leave: 'failed: the component left the message in the queue' });
});

test('a guest that hoards messages, or uses one after it dropped it, ends its own call', async () => {
  await using app = await ContractApp.open({ 'wasi-messaging': '' }, 'thread');
  await app.put('wasi-messaging', ['hoard', 'reuse', 'ok']);
  await app.settled('wasi-messaging', 3);
  const { hoard, reuse, ...others } = app.letters('wasi-messaging');
  assert.match(hoard ?? '', /^trapped: messages may hold 67108864 bytes together$/);
  assert.match(reuse ?? '', /^trapped: /);
  assert.deepEqual(others, {});
});

test('the status of an HTTP response, its Retry-After and its errors are outcomes', async () => {
  await using app = await ContractApp.open({ 'wasi-http': '' }, 'thread');
  const texts = ['204', '404', '302', '429', '503 0 soon', '99', 'twice', 'silent', 'reuse', 'headers', 'endless'];
  await app.put('wasi-http', [...texts, 'x'.repeat(50_000)]);
  await app.settled('wasi-http', texts.length + 1);
  const { '99': bad, reuse, twice, headers: many, endless, ...letters } = app.letters('wasi-http');
  assert.deepEqual(letters, {
    '404': 'rejected: HTTP status 404: said',
    '302': 'rejected: HTTP status 302: said',
    '429': 'failed: HTTP status 429: said',
    '503 0 soon': 'failed: HTTP status 503: said',
    silent: 'trapped: malformed answer: no response was set',
  });
  for (const [word, trap] of Object.entries({ bad, reuse, twice })) assert.match(trap ?? '', /^trapped: /, word);
  assert.match(many ?? '', /^trapped: headers may have 1024 fields, got 1025$/);
  assert.match(endless ?? '', /^trapped: a response may have 8388608 bytes$/);
  assert.ok(app.seen('wasi-http').some((line) => line.includes('data=50000')));
});

test('a command is given its arguments and its environment, and its status is an outcome', async () => {
  const keys = 'args = ["--all", "a b"]\nallow = { env = { SHOP = "main", CE_ID = "mine" } }';
  await using app = await ContractApp.open({ 'wasi-cli': keys }, 'thread');
  await app.put('wasi-cli', ['exit 0', 'exit 3']);
  await app.settled('wasi-cli', 2);
  assert.deepEqual(app.letters('wasi-cli'), { 'exit 3': 'failed: the command ended with status 3' });
  for (const line of app.seen('wasi-cli'))
    assert.match(line, / run=1 args= wasi-cli --all a b SHOP=main CE_SPECVERSION=1\.0 /);
  assert.ok(!app.seen('wasi-cli').some((line) => line.includes('CE_ID=mine')));
});
