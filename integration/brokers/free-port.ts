import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Registered ports, below those that systems give to outgoing connections (32768 and up on Linux): nobody takes one by accident. */
const FIRST = 10_000;
const LAST = 32_767;

/** A file for each port that a process of tests has been given, with that process's id: a broker may need seconds to listen there. */
const folder = join(tmpdir(), `sluice-ports-${process.getuid?.() ?? 0}`);
const given: string[] = [];
process.on('exit', () => {
  for (const file of given) rmSync(file, { force: true });
});

/** A port of 127.0.0.1 that nobody listened on a moment ago, and that no other process of tests is given while this one runs. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST + 1);
    if (!reserve(port)) continue;
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      continue; // taken
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}

function reserve(port: number): boolean {
  const file = join(folder, String(port));
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch {
    // A process that was killed has left it: the next look finds none.
    if (!isRunning(file)) rmSync(file, { force: true });
    return false;
  }
  given.push(file);
  return true;
}

function isRunning(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    if (pid > 0) process.kill(pid, 0);
    return true; // without a number, it is just being written
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}
