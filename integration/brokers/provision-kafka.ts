import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtempDisposable, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { runProcess } from './broker-host.ts';
import { freePort } from './free-port.ts';
import { writeKafkaFiles } from './kafka-files.ts';
import { listenerProperties } from './kafka-listeners.ts';

/** The lines of Kafka that the tests can run against, each with its newest release and what its log is written with. */
const releases = {
  '4': { version: '4.4.0', logging: ['org.apache.logging.log4j', 'log4j-slf4j-impl', '2.25.5'] },
  '3.9': { version: '3.9.2', logging: ['org.slf4j', 'slf4j-reload4j', '1.7.36'] },
} as const;

export type KafkaLine = keyof typeof releases;

/** `SLUICE_KAFKA=3.9` runs every test against the older line. */
export const KAFKA_LINE: KafkaLine = process.env['SLUICE_KAFKA'] === '3.9' ? '3.9' : '4';

export function kafkaVersion(line: KafkaLine): string {
  return releases[line].version;
}

/** For brokers that live for seconds: little memory, no time spent on optimizing what they run. */
export const JVM_FLAGS = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** The line of its log that says that clients are served. */
export const KAFKA_READY = /Kafka Server started/;

const run = promisify(execFile);

/**
 * How to run Java with Kafka's classes on this machine. The jars come from Maven Central once and are kept in `.cache/`, together with an
 * archive of the classes that a broker loads, which halves the time of a start. Rejects with what is missing and how to help.
 */
export async function provisionKafka(line: KafkaLine): Promise<readonly [file: string, ...args: string[]]> {
  const folder = resolve(import.meta.dirname, `../../.cache/brokers/kafka-${kafkaVersion(line)}`);
  const libs = join(folder, 'libs');
  const archive = join(folder, 'classes.jsa');
  const java = ['java', '-cp', join(libs, '*')] as const;
  await mkdir(folder, { recursive: true });
  try {
    if (!existsSync(libs)) await once(libs, (work) => fetchJars(line, work));
    if (!existsSync(archive)) await once(archive, (work) => archiveClasses(java, work));
  } catch (thrown) {
    throw new Error(
      `no Kafka ${kafkaVersion(line)} for the tests: ${reason(thrown)}\nStart a Docker daemon, or install a JDK of 17 or newer (java) and Maven (mvn)`,
      { cause: thrown },
    );
  }
  return [...java, `-XX:SharedArchiveFile=${archive}`];
}

/** Several test files may need it at once: each works for itself, and renames what it made into place. */
async function once(place: string, make: (work: string) => Promise<void>): Promise<void> {
  const work = `${place}.${process.pid}`;
  try {
    await make(work);
    await rename(work, place).catch((thrown: unknown) => {
      if (!existsSync(place)) throw thrown;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function fetchJars(line: KafkaLine, libs: string): Promise<void> {
  await run('java', ['-version']);
  await using folder = await mkdtempDisposable(join(tmpdir(), 'sluice-kafka-jars-'));
  await writeFile(join(folder.path, 'pom.xml'), pom(line));
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${libs}`];
  await run('mvn', ['--quiet', '--batch-mode', ...goal], { cwd: folder.path });
}

/** The plug-in interface of the command-line tools is left out: a broker doesn't load it, and not every release of it is published. */
function pom(line: KafkaLine): string {
  const [group, artifact, version] = releases[line].logging;
  return `\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>sluice</groupId>
  <artifactId>test-broker</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${kafkaVersion(line)}</version>
      <exclusions>
        <exclusion><groupId>org.apache.kafka</groupId><artifactId>kafka-tools-api</artifactId></exclusion>
      </exclusions>
    </dependency>
    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>
  </dependencies>
</project>
`;
}

/** A broker that starts, ends, and leaves the classes that it has loaded in a file. */
async function archiveClasses(java: readonly string[], archive: string): Promise<void> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'sluice-kafka-classes-'));
  const port = await freePort();
  const listeners = new Map([['plain', { bound: port, advertised: port }]] as const);
  await writeKafkaFiles(folder.path, listenerProperties(listeners, await freePort(), folder.path));
  const broker = await runProcess({
    program: async () => ['sh', join(folder.path, 'kafka.sh'), ...java, `-XX:ArchiveClassesAtExit=${archive}`],
    args: JVM_FLAGS,
    folder: folder.path,
    ready: KAFKA_READY,
  });
  await broker.end('SIGTERM');
}

/** The line of the error that says what went wrong: Maven's own after `[ERROR]`, else the first. */
function reason(thrown: unknown): string {
  const lines = String(thrown).split('\n');
  return lines.find((line) => line.includes('[ERROR]')) ?? lines[0] ?? '';
}

if (import.meta.main) console.log((await provisionKafka(KAFKA_LINE)).join(' '));
