import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { runProcess } from './broker-host.ts';
import { freePort } from './free-port.ts';
import { KAFKA_READY, QUICK_START, writeKafkaFiles } from './kafka-files.ts';
import { listenerProperties } from './kafka-listeners.ts';
import { KAFKA_LINE, kafkaVersion, pomOf } from './kafka-releases.ts';
import type { KafkaLine } from './kafka-releases.ts';
import { madeOnce } from './made-once.ts';

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
  try {
    await run('java', ['-version']);
    await madeOnce(libs, (work) => fetchJars(line, work));
    await madeOnce(archive, (work) => archiveClasses(java, work));
  } catch (thrown) {
    throw new Error(
      `no Kafka ${kafkaVersion(line)} for the tests: ${reason(thrown)}\nStart a Docker daemon, or install a JDK of 17 or newer (java) and Maven (mvn)`,
      { cause: thrown },
    );
  }
  return [...java, `-XX:SharedArchiveFile=${archive}`];
}

async function fetchJars(line: KafkaLine, work: string): Promise<string> {
  const libs = join(work, 'libs');
  await writeFile(join(work, 'pom.xml'), pomOf(line));
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${libs}`];
  await run('mvn', ['--quiet', '--batch-mode', ...goal], { cwd: work });
  return libs;
}

/** A broker that starts, ends, and leaves the classes that it has loaded in a file. */
async function archiveClasses(java: readonly [file: string, ...args: string[]], work: string): Promise<string> {
  const archive = join(work, 'classes.jsa');
  const port = await freePort();
  const listeners = new Map([['plain', { bound: port, advertised: port }]] as const);
  const alone = { id: 1, controllerPorts: [await freePort()] };
  await writeKafkaFiles(work, listenerProperties(listeners, alone, work));
  const broker = await runProcess({
    program: async () => ['sh', join(work, 'kafka.sh'), ...java, `-XX:ArchiveClassesAtExit=${archive}`],
    args: QUICK_START,
    folder: work,
    ready: KAFKA_READY,
  });
  await broker.end('SIGTERM');
  return archive;
}

/** The line that says what went wrong: Maven writes it to its standard output, after colours. */
function reason(thrown: unknown): string {
  const output = thrown instanceof Error && 'stdout' in thrown ? String(thrown.stdout) : '';
  return output.split('\n').find((line) => line.includes('ERROR')) ?? String(thrown).split('\n', 1)[0] ?? '';
}

if (import.meta.main) console.log((await provisionKafka(KAFKA_LINE)).join(' '));
