import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { madeOnce } from './made-once.ts';

/** The newest nats-server that the tests were run against. */
export const NATS_VERSION = '2.15.2';

const run = promisify(execFile);
const cache = resolve(import.meta.dirname, '../../.cache/brokers');
const pinned = join(cache, `nats-${NATS_VERSION}`, 'nats-server');

const ways = [
  { name: 'go install', place: pinned, make: fromModule },
  { name: 'apt-get download', place: join(cache, 'nats-packaged', 'nats-server'), make: fromPackage },
] as const;

/**
 * The path of a nats-server binary: made once, kept in `.cache/`. `go install` gives the pinned version; the distribution's package is the
 * second choice. Rejects with what was tried and how to help.
 */
export async function provisionNats(): Promise<string> {
  const failures: string[] = [];
  for (const { name, place, make } of ways) {
    try {
      return await madeOnce(place, make);
    } catch (thrown) {
      failures.push(`  ${name}: ${String(thrown).split('\n', 1)[0]}`);
    }
  }
  throw new Error(
    `no nats-server for the tests. Tried:\n${failures.join('\n')}\nStart a Docker daemon, install Go, or put a nats-server at ${pinned}`,
  );
}

async function fromModule(work: string): Promise<string> {
  const module = `github.com/nats-io/nats-server/v2@v${NATS_VERSION}`;
  await run('go', ['install', module], { env: { ...process.env, GOBIN: work } });
  return join(work, 'nats-server');
}

async function fromPackage(work: string): Promise<string> {
  await run('apt-get', ['download', 'nats-server'], { cwd: work });
  const archive = (await readdir(work)).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new Error('no package came');
  await run('dpkg', ['--extract', archive, work], { cwd: work });
  const installed = ['usr/sbin', 'usr/bin'].map((place) => join(work, place, 'nats-server')).find(existsSync);
  if (installed === undefined) throw new Error('the package holds no nats-server');
  await refuseOld(installed);
  return installed;
}

/** A JetStream trigger needs what came with 2.10. */
async function refuseOld(binary: string): Promise<void> {
  const { stdout } = await run(binary, ['--version']);
  const [, major = 0, minor = 0] = /v(\d+)\.(\d+)\./.exec(stdout)?.map(Number) ?? [];
  if (major < 2 || (major === 2 && minor < 10)) throw new Error(`${stdout.trim()} is older than 2.10`);
}

if (import.meta.main) console.log(await provisionNats());
