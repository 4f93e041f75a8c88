import assert from 'node:assert/strict';
import test from 'node:test';
import { banner } from '../../src/cli/output/banner.ts';
import { registerDead } from '../../src/cli/commands/dead.ts';
import { registerPublish } from '../../src/cli/commands/publish.ts';
import { plain } from '../../src/cli/output/paint.ts';
import { renderError, renderWarning } from '../../src/cli/output/render-error.ts';
import { CommandLine } from '../../src/cli/testing/command-line.ts';
import { DeadLetterStore } from '../../src/dispatch/dead-letters/dead-letter-store.ts';
import { SluiceError } from '../../src/errors.ts';
import type { TriggerStatus } from '../../src/runtime/status.ts';
import { StatusServer } from '../../src/server/status-server.ts';
import { StateFile } from '../../src/state/state-file.ts';
import { createLogger } from '../../src/telemetry/log.ts';

const hostile = 'x\n\u001B]0;owned\u0007\u009B2J\u202E\u2028\uD800y';
const unprintable = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Every character is printable, and no line begins with what a guest wrote behind a line end. */
function assertPrintable(text: string): void {
  assert.match(text, /x\\n\\u001b/);
  assert.doesNotMatch(text, unprintable);
}

const event = { id: hostile, source: hostile, subject: hostile, time: 0n, headers: [], data: Buffer.from(hostile) };
const letter = {
  trigger: 'jobs',
  component: 'enrich',
  position: hostile,
  event,
  attempt: 1,
  outcome: 'rejected',
  reason: hostile,
  traceId: undefined,
};
const manifest =
  '[component.enrich]\nsource = "a.wasm"\n[[trigger.queue]]\nname = "jobs"\ncomponent = "enrich"\nqueue = "jobs"';

/** A folder whose state holds one dead letter, in which commands run. */
async function withLetter(): Promise<CommandLine> {
  const line = new CommandLine({ 'sluice.toml': manifest });
  await line.run([registerPublish], ['publish', 'jobs', 'x']);
  await using state = StateFile.open(`${line.dir}/.sluice/state.db`);
  await new DeadLetterStore(state, () => 0).put(letter);
  return line;
}

test('dead list and dead show print texts of a guest and a sender in their printable form', async () => {
  using line = await withLetter();
  for (const argv of [
    ['dead', 'list'],
    ['dead', 'show', '1'],
    ['dead', 'list', '--json'],
  ])
    assertPrintable((await line.run([registerDead], argv)).stdout);
  const { stdout } = await line.run([registerDead], ['dead', 'show', '1']);
  assert.equal(JSON.parse(stdout).reason, hostile.toWellFormed(), 'JSON is the same value');
});

test('dead show --data is byte for byte in a pipe, and printable on a terminal', async () => {
  using line = await withLetter();
  const written: (string | Uint8Array)[] = [];
  const shown = async (isTerminal: boolean): Promise<void> => {
    await line.run([registerDead], ['dead', 'show', '1', '--data'], {
      stdout: {
        isTerminal,
        get write() {
          return (data: string | Uint8Array) => void written.push(data);
        },
        set write(_) {},
      },
    });
  };
  await shown(false);
  assert.deepEqual(written.splice(0), [new Uint8Array(Buffer.from(hostile))]);
  await shown(true);
  assert.doesNotMatch(String(written[0]), unprintable);
});

test('errors print texts of anybody in their printable form, with stacks too', () => {
  const options = { cwd: '/', verbose: true, paint: plain };
  const cause = new Error(hostile, { cause: hostile });
  const place = { trigger: hostile, file: hostile, connection: hostile };
  assertPrintable(
    renderError(new SluiceError('SLU3001', hostile, { cause, place, fix: hostile, state: hostile }), options),
  );
  const problem = { code: 'SLU1203', path: hostile, line: 1, column: 1, message: hostile, fix: hostile } as const;
  assertPrintable(renderWarning({ ...problem, frame: { text: hostile, start: 1, length: 9 } }, hostile, options));
});

test('the log prints texts of anybody in their printable form, for people and in JSON', () => {
  for (const format of ['human', 'json'] as const) {
    let text = '';
    const log = createLogger({ format, stream: { write: (line) => void (text += line) } });
    log.warn({ reason: hostile, err: new Error(hostile), [hostile]: { deep: hostile } }, hostile);
    assertPrintable(text);
    assert.doesNotMatch(text, /^[^x]*y/m, 'no line that a guest made');
  }
});

test('the banner and /triggers print texts of anybody in their printable form', async () => {
  const status = {
    name: 'jobs',
    type: 'queue',
    destination: hostile,
    component: 'enrich',
    state: 'opening',
    reason: hostile,
  };
  const triggers = [status as TriggerStatus]; // all that the banner reads
  const facts = {
    version: '1',
    app: 'a',
    readyMs: 1,
    triggers,
    state: hostile,
    processes: [hostile],
    server: undefined,
  };
  assertPrintable(banner(facts));
  const source = { ready: () => true, triggers: () => Promise.resolve(triggers), metrics: () => '' };
  await using server = await StatusServer.open({ host: '127.0.0.1', port: 0 }, source);
  assertPrintable(await (await fetch(`${server.url}/triggers`)).text());
});
