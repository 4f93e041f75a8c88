import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { KafkaServer, SHARED_KAFKA } from './brokers/kafka.ts';
import { NatsServer } from './brokers/nats.ts';

/** In the short form nothing takes as long: what does hangs, and is named rather than waited for. */
const TEST_LIMIT_MS = 180_000;
const RUN_LIMIT_MS = 25 * 60_000;
const GRACE_MS = 30_000;

const long = process.env['SLUICE_LONG'] !== undefined;

// Before the tests, of which many would want it at once: whatever brokers need is there when they have run.
await (await NatsServer.start())[Symbol.asyncDispose]();

/** Runs all integration tests, two files at a time since most of their time is waiting, with one Kafka for all that do it no harm. */
await using kafka = await KafkaServer.start();
const args = ['--test', '--test-concurrency=2', ...(long ? [] : [`--test-timeout=${TEST_LIMIT_MS}`])];
const env = { ...process.env, [SHARED_KAFKA]: kafka.bootstrap.split(':')[1] };
const tests = spawn(process.execPath, [...args, 'integration/**/*.test.ts'], { stdio: 'inherit', env });
const limits = long
  ? []
  : // An interrupted run tells which files were under way.
    [
      setTimeout(() => tests.kill('SIGINT'), RUN_LIMIT_MS),
      setTimeout(() => tests.kill('SIGKILL'), RUN_LIMIT_MS + GRACE_MS),
    ];
const [code] = await once(tests, 'exit');
for (const limit of limits) clearTimeout(limit);
process.exitCode = typeof code === 'number' ? code : 1;
