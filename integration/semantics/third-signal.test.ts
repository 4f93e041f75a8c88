import assert from 'node:assert/strict';
import { test } from 'node:test';
import { itemsOf, put } from '../queue-items.ts';
import { TemporaryApp } from '../temporary-app.ts';

test('the third signal exits at once, with the code of that signal, and what ran comes again', async () => {
  const toml = `shutdown.grace = "1h"
    component.announces.limits = { timeout = "2h" }
    [[trigger.queue]]
    queue = "in"
    component = "announces"`;
  using app = await TemporaryApp.create({ guests: ['announces'], toml });
  await using state = app.openState();
  await put(state, 'in', '3600000 ok');
  await using sluice = app.start(['up']);
  await sluice.says(/entered/);
  sluice.kill('SIGINT');
  await sluice.says(/draining/);
  // Two signals that wait to be handled are handled one right after the other; which is first is the kernel's choice among the threads.
  process.kill(sluice.pid, 'SIGSTOP');
  sluice.kill('SIGINT');
  sluice.kill('SIGTERM');
  process.kill(sluice.pid, 'SIGCONT');
  const { code, stderr } = await sluice.ended();
  assert.ok(code === 130 || code === 143, `exit code ${code} is of neither signal: ${stderr}`);
  assert.match(stderr, /cancelling running calls; a third signal exits at once\nexiting at once/);
  assert.equal(itemsOf(state, 'in').length, 1);
});
