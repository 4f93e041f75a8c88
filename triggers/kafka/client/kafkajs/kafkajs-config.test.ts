import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '#trigger';
import { logLevel } from 'kafkajs';
import { clientLog } from './kafkajs-config.ts';

test("clientLog warns of the library's errors, except of a broker's answers, which the caller gets", () => {
  const lines: string[] = [];
  const log = {
    ...silentLogger,
    debug: (_: object, message: string) => void lines.push(`debug ${message}`),
    warn: (_: object, message: string) => void lines.push(`warn ${message}`),
  };
  const write = clientLog(log).logCreator(logLevel.INFO);
  for (const [level, message] of [
    [logLevel.ERROR, 'Connection timeout'],
    [logLevel.ERROR, 'Response Heartbeat(key: 12, version: 3)'],
    [logLevel.INFO, 'Consumer has joined the group'],
  ] as const) {
    write({ namespace: 'Connection', level, label: '', log: { message, timestamp: '', logger: 'kafkajs' } });
  }
  assert.deepEqual(lines, [
    'warn Kafka client: Connection timeout',
    'debug Kafka client: Response Heartbeat(key: 12, version: 3)',
    'debug Kafka client: Consumer has joined the group',
  ]);
});
