import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { HttpPeer } from '../../src/capability/http-client/testing/http-peer.ts';
import { providesFor } from '../../src/capability/capabilities.ts';
import { loadComponent } from '../../src/component/load-component.ts';
import { contracts } from '../../src/contract/contracts.ts';
import { silentLogger } from '../../src/logger.ts';
import { InstancePool } from '../../src/pool/pool.ts';
import { cacheDir, never, noGrants, openPool, optionsFor } from '../../src/pool/testing/guest-pool.ts';
import { runAll, ToldCall } from '../../src/pool/testing/told-call.ts';
import { until } from '../until.ts';
import { buildHostileFile } from '../sandbox/build-hostile.ts';
import { ContractApp } from './contract-app.ts';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
/** Places in `error-code`. */
const CONNECTION_REFUSED = 6;
const DENIED = 15;

/** A server, and the paths of requests that were closed before they were answered. */
async function openPeer(): Promise<HttpPeer & { readonly aborted: string[] }> {
  const aborted: string[] = [];
  const peer = await HttpPeer.open(async (request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://peer');
    response.on('close', () => void (response.writableFinished || aborted.push(pathname)));
    if (pathname === '/silent') return;
    if (pathname === '/endless') {
      const piece = Buffer.alloc(65_536);
      const write = (): void => void (response.closed || (response.write(piece) && setImmediate(write)));
      response.on('drain', write);
      return write();
    }
    if (pathname === '/large') return void response.end(Buffer.alloc(3_000_000));
    if (pathname === '/elsewhere') return void response.writeHead(307, { location: '/large' }).end('moved');
    const body = await text(request);
    response.end(`${request.method} ${body.length} ${request.headers['traceparent']?.toString()}`);
  });
  return Object.assign(peer, { aborted });
}

for (const host of ['thread', 'process'] as const) {
  test(`requests over HTTP on the host ${host}`, async (t) => {
    await using peer = await openPeer();
    const allow = `allow = { http = ["${peer.origin}", "http://127.0.0.1:1", "http://*.example.com"] }`;
    await using app = await ContractApp.open({ 'http-caller': allow }, host);
    const asked = async (...texts: readonly string[]): Promise<readonly string[]> => {
      const before = app.seen('http-caller').length;
      const settled = await app.settledNow('http-caller');
      await app.put('http-caller', texts, [['traceparent', TRACE]]);
      await app.settled('http-caller', settled + texts.length);
      return app.seen('http-caller').slice(before).toSorted();
    };

    await t.test('a component asks what it was granted, and its request carries the trace of the event', async () => {
      const answers = await asked(
        `ask ${peer.authority} /get`,
        `ask ${peer.authority} /post 100000`,
        `ask ${peer.authority} /large`,
        `ask ${peer.authority} /elsewhere`,
      );
      const get = `GET 0 ${TRACE}`;
      const post = `POST 100000 ${TRACE}`;
      assert.deepEqual(answers, [
        'status=200 bytes=3000000 ' + '\0'.repeat(100),
        `status=200 bytes=${get.length} ${get}`,
        `status=200 bytes=${post.length} ${post}`,
        'status=307 bytes=5 moved',
      ]);
      assert.deepEqual(app.letters('http-caller'), {});
    });

    await t.test('what was not granted is denied by the interface, and the log names the missing entry', async () => {
      const answers = await asked(
        `ask localhost:${peer.port} /get`,
        'ask 169.254.169.254 /latest/meta-data',
        `header ${peer.authority} /host`,
        'ask 127.0.0.1:1 /get',
      );
      assert.deepEqual(answers, [
        `error=${CONNECTION_REFUSED}`,
        'header error=1',
        `refused=${DENIED}`,
        `refused=${DENIED}`,
      ]);
      assert.ok(app.says(`denied: allow.http has no "http://localhost:${peer.port}"`));
      assert.ok(app.says('denied: allow.http has no "http://169.254.169.254"'));
    });

    await t.test(
      'a call that leaves a request, traps, or is ended at its deadline leaves no request behind',
      async () => {
        const begun = peer.requests.length;
        await asked(`leave ${peer.authority} /silent`, `trap ${peer.authority} /silent`);
        const spun = await app.settledNow('http-caller-spin');
        await app.put('http-caller-spin', [
          `spin ${peer.authority} /silent`,
          `ask ${peer.authority} /silent`,
          `ask ${peer.authority} /endless`,
        ]);
        await app.settled('http-caller-spin', spun + 3);
        // A request may have been given up before it was sent.
        await until(() => peer.aborted.length === peer.requests.length - begun);
        await until(async () => (await peer.openConnections()) === 0);
        const letters = app.letters('http-caller-spin');
        for (const said of [`spin ${peer.authority} /silent`, `ask ${peer.authority} /silent`])
          assert.match(letters[said] ?? '', /^timed-out: ended at its deadline of 300 ms$/);
        // Its memory may be full before.
        assert.match(letters[`ask ${peer.authority} /endless`] ?? '', /^(?:timed-out|trapped): /);
        const [answer] = await asked(`ask ${peer.authority} /get`);
        assert.match(answer ?? '', /^status=200 /);
      },
    );
  });
}

test('a component without a grant has no network', async () => {
  await using peer = await openPeer();
  await using app = await ContractApp.open({ 'http-caller': '' }, 'thread');
  await app.put('http-caller', [`ask ${peer.authority} /get`]);
  await app.settled('http-caller', 1);
  assert.deepEqual(app.seen('http-caller'), [`refused=${DENIED}`]);
  assert.equal(peer.connections, 0);
  assert.ok(app.says(`denied: allow.http has no "${peer.origin}"`));
});

test('a component with the contract of Sluice waits for responses, several at a time in one thread', async () => {
  await using peer = await openPeer();
  const grants = { ...noGrants, http: [peer.origin] };
  const source = await buildHostileFile('asks-a-server');
  const loading = { contracts, provides: providesFor(grants), cacheDir, memoryBytes: 2 ** 24, log: silentLogger };
  const component = await loadComponent({ name: 'asks', source, ...loading }, never);
  assert.ok(component.suspends);
  await using pool = await InstancePool.open(component, optionsFor({ grants, instances: 8 }), never);
  const calls = Array.from({ length: 24 }, () => new ToldCall(peer.authority));
  for (const outcome of await runAll(pool, calls)) assert.deepEqual(outcome, { kind: 'completed', messages: [] });
  assert.equal(peer.requests.length, 24);
});

test('guests that wait for a slow server wait side by side in one thread', async () => {
  const guests = process.env['SLUICE_LONG'] === undefined ? 64 : 500;
  /** So many connections lead to one server. */
  const together = Math.min(guests, 256);
  const waiting: (() => void)[] = [];
  await using peer = await HttpPeer.open((_, response) => {
    waiting.push(() => response.end('at last'));
    // None is answered before they are all there.
    if (peer.requests.length >= together) for (const answer of waiting.splice(0)) answer();
  });
  await using pool = await openPool('contracts/http-caller', {
    grants: { ...noGrants, http: [peer.origin] },
    instances: guests,
  });
  const calls = Array.from(
    { length: guests },
    () => new ToldCall(`ask ${peer.authority} /slow`, { timeoutMs: 120_000 }),
  );
  const outcomes = await runAll(pool, calls);
  assert.deepEqual(new Set(outcomes.map(({ kind }) => kind)), new Set(['completed']));
  assert.deepEqual(
    new Set(calls.flatMap(({ lines }) => lines.map(({ text }) => text))),
    new Set(['status=200 bytes=7 at last']),
  );
  assert.equal(pool.stats.threads, 1);
});
