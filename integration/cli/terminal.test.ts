import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { put, textsOf } from '../queue-items.ts';
import { TemporaryApp } from '../temporary-app.ts';
import { until } from '../until.ts';

const toml = '[[trigger.queue]]\nqueue = "in"\ncomponent = "announces"\n[output.out]\nqueue = "out"';

/** A terminal of its own, which goes with the process that is killed; the id of Sluice's own is left in a file. */
const terminal = ['sh', '-c', 'exec script --quiet --command "echo \\$\\$ > pid; exec $0 $*" /dev/null'];

const runs = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test(
  'a terminal that is closed drains what runs on it',
  { skip: spawnSync('script', ['--version']).error !== undefined && 'there is no script(1) to make a terminal with' },
  async () => {
    using app = await TemporaryApp.create({ guests: ['announces'], toml });
    await using state = app.openState();
    await using sluice = app.start(['up'], { via: terminal });
    await sluice.says(/ready in/);
    await put(state, 'in', '500 echo');
    await sluice.says(/entered/);
    const pid = Number(app.read('pid'));
    using _left = { [Symbol.dispose]: () => runs(pid) && process.kill(pid, 'SIGKILL') };
    assert.ok(runs(pid));
    sluice.kill('SIGKILL');
    await until(() => !runs(pid));
    assert.deepEqual(textsOf(state, 'out'), ['echo']);
  },
);
