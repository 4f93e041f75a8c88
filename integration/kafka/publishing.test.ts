import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KafkaServer } from '../brokers/kafka.ts';
import { ContractApp } from '../contracts/contract-app.ts';
import { forFile } from '../for-file.ts';
import { Stage } from './stage.ts';

const server = await forFile(KafkaServer.borrow());
const stage = await forFile(Stage.set(server));

const textOf = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString();

for (const host of ['thread', 'process'] as const) {
  test(`a component publishes to Kafka while it runs, confirmed before the call returns, on the host ${host}`, async () => {
    const topic = await server.freshTopic();
    const keys = `allow.publish = { orders = ["orders.*"] }
[connection.main]
type = "kafka"
brokers = "${server.bootstrap}"
[output.orders]
connection = "main"
topic = "${topic}"`;
    await using app = await ContractApp.open({ publisher: keys }, host);
    await app.put('publisher', ['send orders orders.a one\npublish orders.b two\npublish audit.b x\ntrap']);
    await app.settled('publisher', 1);
    // Both attempts published, and trapped then.
    const denied = "publish error a publish was denied: allow.publish has no topic 'audit.b'";
    const attempt = ['send ok', 'publish ok', denied];
    assert.deepEqual(app.seen('publisher'), [...attempt, ...attempt]);
    const records = await stage.peer.records(topic);
    assert.deepEqual(
      records.map(({ value, headers }) => [
        textOf(value),
        headers
          .filter(([name]) => name === 'kind' || name === 'sluice-hops')
          .map(([name, text]) => `${name}=${textOf(text)}`),
      ]),
      [
        ['one', ['kind=told', 'sluice-hops=1']],
        ['two', ['sluice-hops=1']],
        ['one', ['kind=told', 'sluice-hops=1']],
        ['two', ['sluice-hops=1']],
      ],
    );
  });
}
