import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { itemsOf, put, textsOf } from '../queue-items.ts';
import type { SluiceProcess } from '../sluice-process.ts';
import { TemporaryApp } from '../temporary-app.ts';

// A whole app whose guests run in child processes.

const toml = `
  component.choose.pool = { host = "process", threads = 1 }
  component.choose.limits = { timeout = "1s" }
  [[trigger.queue]]
  queue = "in"
  component = "choose"
  retry = { attempts = 2, first = "1ms", max = "1ms" }
  [output.out]
  queue = "out"`;

const linux = { skip: process.platform !== 'linux' && 'there is no /proc here' };

/** Processes that a process has started. */
function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

const isGone = (pid: number): boolean => {
  try {
    return /^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return true;
  }
};

async function ended(sluice: SluiceProcess): Promise<number | null> {
  return (await sluice.ended()).code;
}

test('up with host = "process" tells so, handles events, and charges a timeout to the event that ran', async () => {
  using app = await TemporaryApp.create({ guests: ['choose'], toml });
  await using state = app.openState();
  await put(state, 'in', 'echo 1', 'spin', 'fail-until:2', 'echo 2');
  const { code, stderr } = await app.run(['up', '--until-idle', '100ms']);
  assert.match(stderr, /^ {2}process {2}choose$/m);
  assert.match(stderr, /3 handled, 0 running, 3 published, .*1 dead-lettered/);
  assert.deepEqual(textsOf(state, 'out').toSorted(), ['echo 1', 'echo 2', 'fail-until:2']);
  assert.equal(code, 0);
});

test('kill -9 of the child in the midst of events loses none, and charges none', linux, async () => {
  const texts = Array.from({ length: 3000 }, (_, n) => `attempt ${n}`);
  using app = await TemporaryApp.create({ guests: ['choose'], toml: toml.replace('attempts = 2', 'attempts = 1') });
  await using state = app.openState();
  await using sluice = app.start(['up']);
  await sluice.says(/ready in/);
  let kills = 0;
  for (let at = 0; at < texts.length; at += 500) {
    await put(state, 'in', ...texts.slice(at, at + 500));
    for (const pid of childrenOf(sluice.pid)) {
      process.kill(pid, 'SIGKILL');
      kills += 1;
    }
    while (itemsOf(state, 'in').length > 0) await state.changed(50, new AbortController().signal);
  }
  assert.ok(kills >= 3, `${kills} were killed`);
  // `attempt` answers with the number of the attempt: the first, for each.
  const answers = new Set(textsOf(state, 'out'));
  assert.deepEqual(answers, new Set(texts.map((text) => text.replace('attempt', '1'))));
  const children = childrenOf(sluice.pid);
  sluice.kill('SIGTERM');
  assert.equal(await ended(sluice), 0);
  assert.ok(children.every(isGone), 'nothing outlives Sluice');
});

test('SIGKILL of Sluice ends its children, and its event is handled by the next', linux, async () => {
  using app = await TemporaryApp.create({
    guests: ['announces'],
    toml: toml.replaceAll('choose', 'announces').replace('"1s"', '"1h"'),
  });
  await using state = app.openState();
  await using sluice = app.start(['up']);
  await sluice.says(/ready in/);
  await put(state, 'in', '0 spin');
  await sluice.says(/entered/);
  const children = childrenOf(sluice.pid);
  assert.ok(children.length > 0);
  sluice.kill('SIGKILL');
  await ended(sluice);
  while (!children.every(isGone)) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(textsOf(state, 'in'), ['0 spin']);
});
