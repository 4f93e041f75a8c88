import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { KafkaServer, SHARED_KAFKA } from './brokers/kafka.ts';

/** Runs all integration tests, two files at a time since most of their time is waiting, with one Kafka for all that do it no harm. */
await using kafka = await KafkaServer.start();
const args = ['--test', '--test-concurrency=2', 'integration/**/*.test.ts'];
const env = { ...process.env, [SHARED_KAFKA]: kafka.bootstrap.split(':')[1] };
const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit', env }), 'exit');
process.exitCode = typeof code === 'number' ? code : 1;
