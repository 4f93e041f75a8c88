import { workerData } from 'node:worker_threads';
import type { TranspileLimits } from './transpile.ts';

// The entry of a thread beside the transpiler, which blocks its own thread from start to end. This thread ends the process when it exceeds
// its limits, or when its parent is gone.

const LOOK_MS = 50;

// Only ever started by transpile-process.ts.
const { cpuMs, bytes } = workerData as TranspileLimits;
const parent = process.ppid;

setInterval(() => {
  const { user, system } = process.cpuUsage();
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  else if (process.memoryUsage.rss() > bytes) process.kill(process.pid, 'SIGUSR2');
  else if ((user + system) / 1000 > cpuMs) process.kill(process.pid, 'SIGXCPU');
}, LOOK_MS);
