import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import { FaultProxy } from './proxy.ts';

async function echoThrough(): Promise<{ proxy: FaultProxy; open: () => Socket } & AsyncDisposable> {
  const echo = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const proxy = await FaultProxy.listen((echo.address() as AddressInfo).port);
  return {
    proxy,
    open: () => connect(Number(proxy.address.split(':')[1]), '127.0.0.1').on('error', () => {}),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      echo.close();
    },
  };
}

/** `once` would reject at the reset that comes first. */
function closed(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('close', resolve));
}

async function answerTo(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [piece] = (await once(socket, 'data')) as [Buffer];
  return piece.toString();
}

test('FaultProxy relays both ways, and delays what it gets while told so', async () => {
  await using setup = await echoThrough();
  const [late, soon] = [setup.open(), setup.open()];
  assert.equal(await answerTo(late, 'a'), 'a');
  assert.equal(await answerTo(soon, 'b'), 'b');
  const order: string[] = [];
  setup.proxy.delay(100);
  const lateAnswer = answerTo(late, 'late').then((text) => order.push(text));
  await setup.proxy.seen('up');
  setup.proxy.delay(0);
  await answerTo(soon, 'soon').then((text) => order.push(text));
  await lateAnswer;
  assert.deepEqual(order, ['soon', 'late']);
});

test('FaultProxy cuts what is open, and refuses until healed', async () => {
  await using setup = await echoThrough();
  const first = setup.open();
  assert.equal(await answerTo(first, 'a'), 'a');
  setup.proxy.refuse();
  await closed(first);
  await closed(setup.open());
  setup.proxy.heal();
  assert.equal(await answerTo(setup.open(), 'b'), 'b');
});

test('FaultProxy loses one direction without closing, and resets the connection when it heals', async () => {
  await using setup = await echoThrough();
  const socket = setup.open();
  assert.equal(await answerTo(socket, 'a'), 'a');
  setup.proxy.lose('down');
  const heard: string[] = [];
  socket.on('data', (piece: Buffer) => heard.push(piece.toString()));
  socket.write('lost');
  const other = setup.open();
  await once(other, 'connect');
  assert.equal(socket.destroyed, false);
  setup.proxy.heal();
  await closed(socket);
  assert.deepEqual(heard, []);
});
