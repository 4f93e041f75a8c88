import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Registered ports, below those that systems give to outgoing connections (32768 and up on Linux): nobody takes one by accident. */
const FIRST = 10_000;
const LAST = 32_767;

const given = new Set<number>();

/** A port of 127.0.0.1 that nobody listened on a moment ago, another each time. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST + 1);
    if (given.has(port)) continue;
    given.add(port);
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
