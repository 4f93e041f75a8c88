import { readFileSync } from 'node:fs';
import { openPool } from './guest-pool.ts';
import { ToldCall } from './told-call.ts';

// A process that has a child whose guest never returns: it tells the child's id, and waits to be killed.

const pool = await openPool('lingers', { host: 'process' });
pool.submit(new ToldCall('fill', { timeoutMs: 3_600_000 }));
while (pool.stats.running === 0) await new Promise((resolve) => setImmediate(resolve));
await new Promise((resolve) => setTimeout(resolve, 200));
process.send?.(readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim());
