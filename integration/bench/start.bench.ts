import { rmSync, writeFileSync } from 'node:fs';
import { enqueue } from '../../triggers/queue/enqueue.ts';
import { StateFile } from '../../src/state/state-file.ts';
import { buildGuest } from '../guests/build-guest.ts';
import { SluiceProcess } from '../sluice-process.ts';
import { type Bench, figure } from './figure.ts';
import { inTurn } from './rounds.ts';
import { buildPackage } from './build-package.ts';
import { TemporaryFolder } from './temporary-folder.ts';

const LOOK_EVERY_MS = 2;

export const start: Bench = {
  name: 'start',
  about: '`sluice up` as a process, from its start until the first event is handled: with a warm cache, and with none',
  async run() {
    buildPackage();
    using folder = new TemporaryFolder();
    writeFileSync(folder.in('sluice.toml'), manifest(await buildGuest('accepts')));
    const rounds = await inTurn('start', {
      cold: () => {
        rmSync(folder.in('cache'), { recursive: true, force: true });
        return firstEventMs(folder);
      },
      warm: () => firstEventMs(folder),
    });
    const of = (way: 'cold' | 'warm'): number[] => rounds.map((round) => round[way]);
    return {
      'start.warm': figure(of('warm'), { goal: 400, unit: 'ms', better: 'lower' }),
      'start.cold': figure(of('cold'), { goal: 1500, unit: 'ms', better: 'lower' }),
    };
  },
};

async function firstEventMs(folder: TemporaryFolder): Promise<number> {
  await using state = StateFile.open(folder.in('state.db'));
  await enqueue(state, 'q', [{ headers: [], data: new Uint8Array(100) }]);
  const started = performance.now();
  await using _running = new SluiceProcess(['up'], { cwd: folder.path, entry: 'built' });
  const left = state.read((db) => db.prepare('SELECT count(*) AS n FROM queue_body'));
  while (state.read(() => left.get())?.['n'] !== 0) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  return performance.now() - started;
}

function manifest(source: string): string {
  return `
[app]
name = "bench"
[state]
path = "state.db"
[cache]
dir = "cache"
[server]
listen = "off"
[component.c]
source = "${source}"
[[trigger.queue]]
queue = "q"
component = "c"
`;
}
