import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildGuest } from '../guests/build-guest.ts';
import { SluiceProcess } from '../sluice-process.ts';
import { type Bench, figure } from './figure.ts';
import { eventOf, GuestPool } from './guest-pool.ts';
import { inTurn } from './rounds.ts';
import { buildPackage } from './build-package.ts';
import { TemporaryFolder } from './temporary-folder.ts';

const INSTANCES = 500;
/** Until garbage of the start is collected and pages are given back. */
const SETTLE_MS = 2000;

export const memory: Bench = {
  name: 'memory',
  about: 'resident memory of an idle `sluice up` with one tiny guest; and of each further instance',
  async run() {
    buildPackage();
    const rounds = await inTurn('memory', { idle: idleMegabytes, instance: instanceKilobytes });
    const of = (what: 'idle' | 'instance'): number[] => rounds.map((round) => round[what]);
    return {
      'memory.idle': figure(of('idle'), { goal: 90, unit: 'MB', better: 'lower' }),
      'memory.instance': figure(of('instance'), { goal: 20, unit: 'KB', better: 'lower' }),
    };
  },
};

async function idleMegabytes(): Promise<number> {
  using folder = new TemporaryFolder();
  const source = await buildGuest('accepts');
  writeFileSync(
    folder.in('sluice.toml'),
    `[app]\nname = "bench"\n[component.c]\nsource = "${source}"\n[[trigger.queue]]\nqueue = "q"\ncomponent = "c"\n`,
  );
  await using running = new SluiceProcess(['up'], { cwd: folder.path, entry: 'built' });
  await running.says(/ready in/);
  await sleep(SETTLE_MS);
  return residentBytes(running.pid) / 1e6;
}

/** Instances are kept by calls that wait: each has one. */
async function instanceKilobytes(): Promise<number> {
  await using guest = await GuestPool.open('sleeps', { instances: INSTANCES });
  await guest.calls(eventOf(0), 1);
  const before = residentBytes(process.pid);
  await guest.calls(eventOf(0), INSTANCES, INSTANCES);
  return (residentBytes(process.pid) - before) / 1e3 / INSTANCES;
}

/** Linux tells it in kB; elsewhere there is nothing to read, and the bench says so. */
function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
