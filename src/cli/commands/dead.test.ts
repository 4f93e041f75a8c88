import assert from 'node:assert/strict';
import test from 'node:test';
import { DeadLetterStore } from '../../dispatch/dead-letters/dead-letter-store.ts';
import { StateFile } from '../../state/state-file.ts';
import { registerDead } from './dead.ts';
import { registerPublish } from './publish.ts';
import { CommandLine } from '../testing/command-line.ts';

const table = (name: string): string =>
  `[[trigger.queue]]\nname = "${name}"\ncomponent = "enrich"\nqueue = "${name}"\n`;

/** More letters than are handled in one go, of two triggers in turn. */
async function withLetters(count: number): Promise<CommandLine> {
  const line = new CommandLine({
    'sluice.toml': `[component.enrich]\nsource = "a.wasm"\n${table('jobs')}${table('mails')}`,
  });
  await line.run([registerPublish], ['publish', 'jobs', 'first']);
  await using state = StateFile.open(`${line.dir}/.sluice/state.db`);
  const store = new DeadLetterStore(state, () => 0);
  const puts = Array.from({ length: count }, (_, n) => {
    const event = { id: `${n}`, source: 's', subject: 'x', time: 0n, headers: [], data: new Uint8Array() };
    const about = { component: 'enrich', attempt: 1, outcome: 'failed', reason: 'no', traceId: undefined };
    return store.put({ ...about, trigger: n % 2 === 0 ? 'jobs' : 'mails', position: `${n}`, event });
  });
  await Promise.all(puts);
  return line;
}

test('dead list reads more letters than it holds at once, the newest first, as lines and as JSON', async () => {
  using line = await withLetters(120);
  const { stdout } = await line.run([registerDead], ['dead', 'list', '-n', '110']);
  const numbers = stdout
    .trimEnd()
    .split('\n')
    .map((each) => Number.parseInt(each, 10));
  assert.deepEqual(
    numbers,
    Array.from({ length: 110 }, (_, n) => 120 - n),
  );
  const json = JSON.parse(
    (await line.run([registerDead], ['dead', 'list', '-n', '999', '-t', 'mails', '--json'])).stdout,
  );
  assert.deepEqual(
    json.map(({ number }: { number: number }) => number),
    Array.from({ length: 60 }, (_, n) => 120 - 2 * n),
  );
});

test('dead purge --all and dead replay go through all letters some at a time', async () => {
  using line = await withLetters(450);
  assert.equal((await line.run([registerDead], ['dead', 'replay', '-t', 'mails'])).stderr, 'replayed 225\n');
  assert.equal((await line.run([registerDead], ['dead', 'purge', '3', '1', '3'])).stderr, 'removed 2\n');
  assert.equal((await line.run([registerDead], ['dead', 'purge', '--all'])).stderr, 'removed 223\n');
  assert.equal((await line.run([registerDead], ['dead', 'list'])).stderr, 'no dead letters\n');
});
