import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NatsServer } from '../brokers/nats.ts';
import { forFile } from '../for-file.ts';
import { RunningApp } from '../semantics/running-app.ts';
import { Stage } from './stage.ts';

const server = await forFile(NatsServer.start());
const stage = await forFile(Stage.set(server.address));

test('dead letters that come back to their trigger in a way that no option tells end in the local store', async () => {
  await stage.jsm.streams.add({ name: 'jobs', subjects: ['jobs.>'] });
  const toml = `
    limits.hops = 4
    [connection.main]
    type = "nats"
    servers = "${server.address}"
    [[trigger.nats]]
    name = "t"
    connection = "main"
    stream = "jobs"
    durable = "d"
    component = "choose"
    dead_letter = "dead"
    [output.dead]
    connection = "main"
    subject = "jobs.dead"`;
  await using app = await RunningApp.open({ guests: ['choose'], toml });
  await stage.store('jobs.new', 'reject');
  await app.until(() => app.letters.length === 1);
  assert.match(app.letters[0]?.reason ?? '', /^SLU3007/);
  // The event, and a letter for each hop.
  await app.until(async () => (await app.status()).held === 0);
  assert.equal((await stage.jsm.streams.info('jobs')).state.messages, 5);
});
