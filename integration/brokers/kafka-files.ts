import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KAFKA_USER } from './kafka-listeners.ts';

/** For brokers that live for seconds: little memory, and no time spent on optimizing what they run. */
export const QUICK_START = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** The line of its log that says that clients are served. */
export const KAFKA_READY = /Kafka Server started/;

/** One node, few internal partitions, short sessions allowed, and nothing that makes a test wait. */
const forTests = {
  'process.roles': 'broker,controller',
  'auto.create.topics.enable': 'false',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '5',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '5',
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '1000',
  // A controller waits this long for the broker that was killed before it lets it in again.
  'broker.session.timeout.ms': '2000',
  'broker.heartbeat.interval.ms': '500',
  'log.cleaner.backoff.ms': '100',
  'log.cleaner.min.cleanable.ratio': '0.001',
  'log.cleaner.dedupe.buffer.size': '8388608',
  'log.initial.task.delay.ms': '100',
  'log.retention.check.interval.ms': '1000',
};

/** Writes what a broker needs into its folder: `kafka.sh` and what that reads. Its data will be in `data/`. */
export async function writeKafkaFiles(folder: string, properties: Readonly<Record<string, string>>): Promise<void> {
  const all = { ...forTests, 'log.dirs': join(folder, 'data'), ...properties };
  const lines = Object.entries(all).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(join(folder, 'server.properties'), lines.join(''));
  await writeFile(join(folder, 'log4j2.properties'), LOG4J_2);
  await writeFile(join(folder, 'log4j.properties'), LOG4J_1);
  await writeFile(join(folder, 'kafka.sh'), SCRIPT);
}

/** Its arguments run Java with Kafka's classes. Users are made with the storage, so that they are there from the first connection on. */
const SCRIPT = `\
set -e
cd "$(dirname "$0")"
set -- "$@" -Dlog4j2.configurationFile=log4j2.properties -Dlog4j.configuration=file:log4j.properties
if [ ! -e data/meta.properties ]; then
  "$@" kafka.tools.StorageTool format --config server.properties --cluster-id c2x1aWNlLWthZmthLW9uZQ \\
    --add-scram 'SCRAM-SHA-256=[name=${KAFKA_USER.username},password=${KAFKA_USER.password}]' \\
    --add-scram 'SCRAM-SHA-512=[name=${KAFKA_USER.username},password=${KAFKA_USER.password}]'
fi
exec "$@" kafka.Kafka server.properties
`;

/** What is wrong, and the line that says that it is ready. */
const LOG4J_2 = `\
status=ERROR
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%p %m (%c)%n%ex{3}
rootLogger.level=WARN
rootLogger.appenderRef.console.ref=console
logger.ready.name=kafka.server.KafkaRaftServer
logger.ready.level=INFO
`;

/** The same for Kafka 3. */
const LOG4J_1 = `\
log4j.rootLogger=WARN, console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%p %m (%c)%n
log4j.logger.kafka.server.KafkaRaftServer=INFO
`;
