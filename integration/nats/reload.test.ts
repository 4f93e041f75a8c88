import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NatsServer } from '../brokers/nats.ts';
import { reloadUnderLoad } from '../reload-under-load.ts';
import { Stage } from './stage.ts';

test('reload of a component under load of JetStream loses nothing: new events go to the new one, what runs finishes on the old one', async () => {
  await using server = await NatsServer.start();
  await using stage = await Stage.set(server.address);
  await stage.jsm.streams.add({ name: 'in', subjects: ['in'], storage: 'memory' });
  await reloadUnderLoad({
    toml: `
      [connection.main]
      type = "nats"
      servers = "${server.address}"
      [[trigger.nats]]
      connection = "main"
      stream = "in"
      durable = "d"
      component = "versioned"`,
    store: (texts) => stage.store('in', ...texts),
  });
  const { num_pending, num_ack_pending, num_redelivered } = await stage.jsm.consumers.info('in', 'd');
  assert.deepEqual([num_pending, num_ack_pending, num_redelivered], [0, 0, 0]);
});
