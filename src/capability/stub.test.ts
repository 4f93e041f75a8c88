import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotProvided, stubFor } from './stub.ts';
import { LoneInstance } from './testing/lone-instance.ts';
import { NeverMade } from './host-resource.ts';

const NAME = 'acme:weather/forecast@1.2.3';

test('stubFor names functions and resources as generated code does', () => {
  const functions = [
    'get-all',
    '[static]big-station.find-near',
    '[constructor]big-station',
    '[method]big-station.name',
  ];
  const stub = stubFor(
    NAME,
    { functions: functions.map((name) => ({ name, owned: [] })), resources: ['big-station', 'sky'] },
    new LoneInstance(),
  );
  const { getAll, BigStation, Sky, ...rest } = stub as Record<string, { readonly findNear?: () => void }>;
  assert.deepEqual([typeof getAll, typeof BigStation, typeof Sky, rest], ['function', 'function', 'function', {}]);
  assert.throws(() => BigStation?.findNear?.(), NotProvided);
  assert.throws(() => Reflect.construct(BigStation as unknown as typeof NeverMade, []), NotProvided);
});

test('stubFor makes an imported function what generated code takes for it', () => {
  const stub = stubFor('greet', { functions: [{ name: 'greet', owned: [] }], resources: [] }, new LoneInstance());
  assert.deepEqual(Object.keys(stub), ['default']);
});

test('a call of a stub is logged, fails with the error that fits, and lets go of what it was given', () => {
  const instance = new LoneInstance();
  const functions = [{ name: 'send', denial: { payload: 'access-denied' }, owned: [1] }];
  const { send } = stubFor(NAME, { functions, resources: [] }, instance) as { send: (...args: unknown[]) => void };
  class Message extends NeverMade {}
  const [lent, given] = [Reflect.construct(Message, [instance, 1, 'lent']), Reflect.construct(Message, [instance, 1])];
  assert.throws(() => send(lent, given), { payload: 'access-denied' });
  // There is room for one more of the kind only when the last one was let go of.
  Reflect.construct(Message, [instance, 1]);
  assert.throws(() => Reflect.construct(Message, [instance, 1, 'lent']), /more than 1/);
  assert.deepEqual(instance.lines, [
    {
      level: 'warn',
      context: 'sluice',
      text: `the component called ${NAME}, which Sluice does not provide`,
    },
  ]);
});
