import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostResource, TooManyResources } from './host-resource.ts';
import { LoneInstance } from './testing/lone-instance.ts';

class Lamp extends HostResource {
  released = 0;

  constructor(host: LoneInstance) {
    super(host, 2);
  }

  protected override release(): void {
    this.released += 1;
  }
}

class Bell extends HostResource {}

test('HostResource refuses more of a kind than an instance may hold, until one is dropped', () => {
  const instance = new LoneInstance();
  const first = new Lamp(instance);
  const second = new Lamp(instance);
  assert.throws(
    () => new Lamp(instance),
    (error) => error instanceof TooManyResources && error.message.includes('more than 2 resources of kind Lamp'),
  );

  first[Symbol.dispose]();
  assert.doesNotThrow(() => new Lamp(instance));
  assert.equal(second.released, 0);
});

test('HostResource counts each kind and each instance apart', () => {
  const instance = new LoneInstance();
  assert.ok(new Lamp(instance));
  assert.ok(new Lamp(instance));
  assert.doesNotThrow(() => new Bell(instance));
  assert.doesNotThrow(() => new Lamp(new LoneInstance()));
});

test('HostResource bounds a kind that says nothing at 1024', () => {
  const instance = new LoneInstance();
  for (let made = 0; made < 1024; made++) assert.ok(new Bell(instance));
  assert.throws(() => new Bell(instance), TooManyResources);
});

test('HostResource releases what lies behind it once, when it is dropped or when the instance is discarded', () => {
  const instance = new LoneInstance();
  const dropped = new Lamp(instance);
  dropped[Symbol.dispose]();
  dropped[Symbol.dispose]();
  const kept = new Lamp(instance);
  assert.equal(kept.released, 0);

  instance.discard();
  assert.deepEqual([dropped.released, kept.released], [1, 1]);
});
