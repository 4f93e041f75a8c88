import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SluiceProcess } from '../sluice-process.ts';
import type { Aftermath, KillRig } from './kill-rig.ts';

/** One time in so many, a process is killed while it starts. */
const EARLY = 5;
const LONGEST_START_MS = 1000;
const LONGEST_LIFE_MS = 400;
/** Events that are published at once, and how often, in milliseconds. */
const EVENTS = 20;
const PAUSE_MS = 20;

/** Starts a process under load, kills it, starts the next one; the last one finishes what is left. */
export async function killOneByOne(rig: KillRig, kills: number, random: () => number): Promise<Aftermath> {
  for (let kill = 0; kill < kills; kill += 1) {
    await using sluice = rig.start();
    await live(sluice, rig, random);
    await die(sluice);
  }
  await using last = rig.start();
  return await finish(rig, last);
}

/** Two processes share the load; one of them is killed, and another takes its place. */
export async function killOneOfTwo(rig: KillRig, kills: number, random: () => number): Promise<Aftermath> {
  await using stack = new AsyncDisposableStack();
  const start = (): SluiceProcess => stack.use(rig.start());
  const running: [SluiceProcess, SluiceProcess] = [start(), start()];
  for (let kill = 0; kill < kills; kill += 1) {
    const which = random() < 0.5 ? 0 : 1;
    await live(running[which], rig, random);
    await die(running[which]);
    running[which] = start();
  }
  return await finish(rig, ...running);
}

/** Those that are left do what is left, and end well. */
export async function finish(rig: KillRig, ...running: readonly SluiceProcess[]): Promise<Aftermath> {
  await Promise.all(running.map((sluice) => sluice.says(/ready in/)));
  const aftermath = await rig.finish();
  for (const sluice of running) sluice.kill('SIGTERM');
  const ends = await Promise.all(running.map((sluice) => sluice.ended()));
  for (const { code, stderr } of ends) assert.equal(code, 0, stderr);
  return aftermath;
}

/** Until some moment of its start, or of its work: there is always something to do. */
async function live(sluice: SluiceProcess, rig: KillRig, random: () => number): Promise<void> {
  if (random() < 1 / EARLY) {
    await rig.publish(EVENTS);
    await sleep(random() * LONGEST_START_MS);
    return;
  }
  await sluice.says(/ready in/);
  const before = await rig.written();
  await load(rig, async () => (await rig.written()) > before);
  const end = performance.now() + random() * LONGEST_LIFE_MS;
  await load(rig, () => performance.now() >= end);
}

async function load(rig: KillRig, over: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await over())) {
    await rig.publish(EVENTS);
    await sleep(PAUSE_MS);
  }
}

async function die(sluice: SluiceProcess): Promise<void> {
  sluice.kill('SIGKILL');
  const { code, stderr } = await sluice.ended();
  assert.equal(code, null, `sluice ended by itself:\n${stderr}`);
}
