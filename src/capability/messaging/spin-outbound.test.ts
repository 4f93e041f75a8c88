import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WitError } from '../capability.ts';
import { LoneInstance } from '../testing/lone-instance.ts';
import { spinMqtt } from './spin-outbound.ts';

const instance = new LoneInstance({ grants: { publish: { events: ['>'] } } });
// The form in which generated code finds it.
const { Connection } = spinMqtt(instance) as { readonly Connection: { open(address: string): object } };

test("an address of Spin's interfaces names a granted output, alone or as the host of a URL", () => {
  for (const address of ['events', 'redis://events', 'mqtt://events:1883/0?client=a']) Connection.open(address);
  for (const address of ['', 'orders', 'redis://orders', 'redis://events.example', 'constructor', 'x://[', '\0'])
    assert.throws(() => Connection.open(address), WitError, address);
});

test('an address of more than 1,024 characters names none, however it begins', () => {
  const address = 'redis://events/';
  Connection.open(address.padEnd(1024, 'x'));
  assert.throws(() => Connection.open(address.padEnd(1025, 'x')), WitError);
});
