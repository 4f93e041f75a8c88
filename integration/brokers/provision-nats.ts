import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** The newest nats-server that the tests were run against. */
export const NATS_VERSION = '2.15.2';

const run = promisify(execFile);
const folder = resolve(import.meta.dirname, `../../.cache/brokers/nats-${NATS_VERSION}`);
const binary = join(folder, 'nats-server');

/** Several test files may need it at once: each way works in a folder of its own and renames the finished binary into place. */
const ways = {
  'go install': async (work: string): Promise<string> => {
    const module = `github.com/nats-io/nats-server/v2@v${NATS_VERSION}`;
    await run('go', ['install', module], { env: { ...process.env, GOBIN: work } });
    return join(work, 'nats-server');
  },
  'apt-get download': async (work: string): Promise<string> => {
    await run('apt-get', ['download', 'nats-server'], { cwd: work });
    const archive = (await readdir(work)).find((name) => name.endsWith('.deb'));
    if (archive === undefined) throw new Error('no package came');
    await run('dpkg', ['--extract', archive, work], { cwd: work });
    const installed = ['usr/sbin', 'usr/bin'].map((place) => join(work, place, 'nats-server')).find(existsSync);
    if (installed === undefined) throw new Error('the package holds no nats-server');
    return installed;
  },
};

/**
 * The path of a nats-server binary: made once, kept in `.cache/`. `go install` gives the pinned version; the distribution's package,
 * which may be older, is the second choice. Rejects with what was tried and how to help.
 */
export async function provisionNats(): Promise<string> {
  if (existsSync(binary)) return binary;
  const failures: string[] = [];
  for (const [name, way] of Object.entries(ways)) {
    const work = `${folder}.${name.split(' ', 1)[0]}-${process.pid}`;
    try {
      await mkdir(work, { recursive: true });
      await mkdir(folder, { recursive: true });
      await rename(await way(work), binary);
      return binary;
    } catch (thrown) {
      failures.push(`  ${name}: ${String(thrown).split('\n', 1)[0]}`);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  throw new Error(
    `no nats-server for the tests. Tried:\n${failures.join('\n')}\nStart a Docker daemon, install Go, or put a nats-server at ${binary}`,
  );
}

if (import.meta.main) console.log(await provisionNats());
