import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SluiceError } from '../../errors.ts';
import type { Message } from '../../event.ts';
import type { CallerCall, CapabilityService } from '../capability.ts';
import { LoneInstance, nobody } from '../testing/lone-instance.ts';
import { publishService } from './publish-service.ts';

const grants = new LoneInstance({ grants: { publish: { out: ['orders.*'] } } }).grants;
const MESSAGE = { topic: 'orders.priced', headers: [], data: new Uint8Array(100) };

/** A call that publishes by `publish`, and can be ended. */
function callWith(publish: CallerCall['publish']): CallerCall & { end(): void } {
  const steps = new Set<() => void>();
  return {
    whenOver: (step) => {
      steps.add(step);
      return () => steps.delete(step);
    },
    requesting: () => undefined,
    publish,
    end: () => steps.forEach((step) => step()),
  };
}

const asking =
  (service: CapabilityService, call?: CallerCall) =>
  (...args: readonly unknown[]) =>
    service('publish', args, { ...nobody, call });

test('publishService checks what a child process says again: the grant, the sizes, and that a call runs', async () => {
  const published: unknown[] = [];
  const call = callWith(async (output, message) => void published.push([output, message.subject]));
  const ask = asking(publishService({ grants }), call);
  const denied = { kind: 'denied', reason: 'allow.publish does not grant this output and topic' };
  assert.deepEqual(await ask('out', { ...MESSAGE, topic: 'orders.a.b' }), denied);
  assert.deepEqual(await ask('out', { ...MESSAGE, topic: 'orders.*' }), denied);
  assert.deepEqual(await ask('other', MESSAGE), denied);
  assert.deepEqual(await ask('constructor', MESSAGE), denied);
  const headers = Array.from({ length: 1025 }, () => ['a', 'b']);
  for (const excess of [{ headers }, { data: new Uint8Array(2 ** 24 + 1) }, { contentType: 'x'.repeat(1025) }])
    assert.partialDeepStrictEqual(await ask('out', { ...MESSAGE, ...excess }), { kind: 'refused' });
  for (const wrong of [undefined, 'x', {}, { ...MESSAGE, data: 'x' }, { ...MESSAGE, headers: [['a']] }])
    await assert.rejects(ask('out', wrong), TypeError);
  await assert.rejects(ask(1, MESSAGE), TypeError);
  assert.partialDeepStrictEqual(await asking(publishService({ grants }))('out', MESSAGE), { kind: 'refused' });
  assert.deepEqual(published, []);
  assert.deepEqual(await ask('out', MESSAGE), { kind: 'published' });
  assert.deepEqual(published, [['out', 'orders.priced']]);
});

test('publishService lets one call publish limits.output_size in all, refused messages included', async () => {
  const service = publishService({ grants, outputBytes: 2000 });
  const refusing = (): ReturnType<typeof callWith> =>
    callWith(async () => {
      throw new SluiceError('SLU3002', 'too long', { ofMessage: true });
    });
  const kinds = async (of: CallerCall): Promise<unknown> =>
    Promise.all(Array.from({ length: 4 }, async () => Object(await asking(service, of)('out', MESSAGE)).reason));
  const refused = "SLU3002: output 'out': too long";
  const tooMuch = 'what one call publishes is larger than limits.output_size (2000 bytes)';
  assert.deepEqual(await kinds(refusing()), [refused, refused, refused, tooMuch]);
  assert.deepEqual(await kinds(refusing()), [refused, refused, refused, tooMuch]);
});

test('publishService tells what is away from what is refused, and no address', async () => {
  const failing = async (error: Error): Promise<unknown> => {
    const call = callWith(async () => {
      throw error;
    });
    return asking(publishService({ grants }), call)('out', MESSAGE);
  };
  const address = 'nats://10.0.0.1:4222';
  assert.deepEqual(await failing(new SluiceError('SLU3301', address, { transient: true })), {
    kind: 'away',
    reason: "SLU3301: output 'out' is away",
  });
  assert.deepEqual(await failing(new SluiceError('SLU3301', address)), {
    kind: 'away',
    reason: "SLU3301: output 'out' refuses whatever is sent",
  });
  assert.deepEqual(await failing(new TypeError(address)), {
    kind: 'refused',
    reason: "SLU9001: output 'out': it cannot be sent",
  });
});

test('publishService gives up the wait when the call is over', async () => {
  const waiting = Promise.withResolvers<AbortSignal>();
  const call = callWith((_output: string, _message: Message, signal: AbortSignal) => {
    waiting.resolve(signal);
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  });
  const answer = asking(publishService({ grants }), call)('out', MESSAGE);
  const signal = await waiting.promise;
  assert.ok(!signal.aborted);
  call.end();
  assert.partialDeepStrictEqual(await answer, { kind: 'refused' });
});

test('publishService has no more than 64 MiB under way for one component', async () => {
  const release = Promise.withResolvers<void>();
  const service = publishService({ grants, outputBytes: 2 ** 30 });
  const large = { ...MESSAGE, data: new Uint8Array(2 ** 24 - 1024) };
  const ask = asking(
    service,
    callWith(() => release.promise),
  );
  const under = Array.from({ length: 4 }, () => ask('out', large));
  assert.partialDeepStrictEqual(await ask('out', large), { kind: 'away' });
  release.resolve();
  assert.deepEqual(
    await Promise.all(under),
    Array.from({ length: 4 }, () => ({ kind: 'published' })),
  );
  assert.deepEqual(await ask('out', large), { kind: 'published' });
});
