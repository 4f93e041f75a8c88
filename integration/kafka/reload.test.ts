import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KafkaServer } from '../brokers/kafka.ts';
import { reloadUnderLoad } from '../reload-under-load.ts';
import { groupTrigger } from './group-trigger.ts';
import { Stage } from './stage.ts';

test('reload of a component under load of Kafka loses nothing: new events go to the new one, what runs finishes on the old one', async () => {
  await using server = await KafkaServer.borrow();
  await using stage = await Stage.set(server);
  const topic = await server.freshTopic();
  await reloadUnderLoad({
    toml: `${groupTrigger(server.bootstrap, topic)}
      component = "versioned"
      commit_every = "20ms"`,
    store: (texts) => stage.store(topic, texts),
  });
  assert.equal(await stage.committed(topic), 601);
});
