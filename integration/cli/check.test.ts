import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { buildGuest } from '../guests/build-guest.ts';
import { registerCheck } from '../../src/cli/commands/check.ts';
import { CommandLine } from '../../src/cli/testing/command-line.ts';

test('check loads every component and says what is in order', async () => {
  const [echo, counts] = [await buildGuest('echo'), await buildGuest('counts')];
  using line = new CommandLine({
    'sluice.toml': `[component.echo]\nsource = "${echo}"\nallow = { keyvalue = ["shared"] }\n[component.counts]\nsource = "${counts}"\npool = { host = "process" }
[[trigger.queue]]\ncomponent = "echo"\nqueue = "a"\n[[trigger.queue]]\ncomponent = "counts"\nqueue = "b"
[connection.main]\ntype = "nats"\n[store.shared]\nconnection = "main"\nbucket = "b"`,
  });
  assert.deepEqual(await line.run([registerCheck], ['check']), {
    exitCode: 0,
    stdout: `ok  component echo: sluice:event/handler@0.1.0
ok  component counts: sluice:event/handler@0.1.0; host: process; not granted: allow.keyvalue
ok  sluice.toml: 2 components, 2 triggers, 0 outputs, 1 store
`,
    stderr: '',
  });
});

test('check tells that nothing is granted to a component that publishes, and strict_imports refuses it', async () => {
  const component = `[component.publisher]\nsource = "${await buildGuest('contracts/publisher')}"\n`;
  const trigger = '[[trigger.queue]]\ncomponent = "publisher"\nqueue = "a"\n';
  const output = '[output.out]\ntype = "queue"\nqueue = "b"\n';
  using line = new CommandLine({
    'sluice.toml': component + trigger,
    'strict.toml': `${component}strict_imports = true\n${trigger}`,
    'granted.toml': `${component}strict_imports = true\nallow.publish = { out = ["orders.*"] }\n${trigger}${output}`,
  });
  const told = async (manifest: string): Promise<string> => {
    const { stdout, stderr } = await line.run([registerCheck], ['--manifest', manifest, 'check']);
    return stdout + stderr;
  };
  assert.match(
    await told('sluice.toml'),
    /^ok {2}component publisher: fermyon:spin\/inbound-redis; not granted: allow\.publish$/m,
  );
  assert.match(
    await told('strict.toml'),
    /SLU2004.*\n?.*imports wasi:messaging\/producer@0\.2\.0-draft, which needs allow\.publish/,
  );
  assert.match(await told('granted.toml'), /^ok {2}component publisher: fermyon:spin\/inbound-redis$/m);
});

test('check tells which export of a component is used, and which are not', async () => {
  const component = `[component.both]\nsource = "${await buildGuest('both')}"\n`;
  const trigger = '[[trigger.queue]]\ncomponent = "both"\nqueue = "a"\n';
  using line = new CommandLine({
    'sluice.toml': component + trigger,
    'named.toml': `${component}contract = "sluice:event/handler"\n${trigger}`,
  });
  const told = async (manifest: string): Promise<string> =>
    (await line.run([registerCheck], ['--manifest', manifest, 'check'])).stdout.split('\n')[0] ?? '';
  const [one, many] = ['sluice:event/handler@0.1.0', 'sluice:event/batch-handler@0.1.0'];
  assert.equal(await told('sluice.toml'), `ok  component both: ${many} (not used: ${one})`);
  assert.equal(await told('named.toml'), `ok  component both: ${one} (not used: ${many})`);
});

test('check --connect tries triggers, outputs and stores that have a connection, and only those', async () => {
  using line = new CommandLine({
    'sluice.toml': `[connection.own]\ntype = "./own.mjs"
[component.echo]\nsource = "${await buildGuest('echo')}"\nallow = { keyvalue = ["shared"] }
[[trigger."./own.mjs"]]\nname = "in"\ncomponent = "echo"\nconnection = "own"
[[trigger.queue]]\ncomponent = "echo"\nqueue = "q"
[output.out]\nconnection = "own"\nup = true\n[store.shared]\nconnection = "own"\n[output.away]\nconnection = "own"\nup = false`,
    'own.mjs': `
import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
import { SluiceError } from ${JSON.stringify(import.meta.resolve('../../src/errors.ts'))};
const opened = { async [Symbol.asyncDispose]() {} };
export const adapter = {
  type: 'own',
  summary: 's',
  connection: { schema: z.object({}) },
  trigger: { schema: z.object({}), destination: () => 'd', open: async () => opened },
  store: { schema: z.object({}), open: async () => opened },
  output: {
    schema: z.object({ up: z.boolean() }),
    async open({ up }) {
      if (!up) throw new SluiceError('SLU3001', 'nobody is there');
      return opened;
    },
  },
};`,
  });
  const { exitCode, stdout, stderr } = await line.run([registerCheck], ['check', '--connect']);
  assert.deepEqual(
    [exitCode, stderr],
    [5, 'error SLU3001: nobody is there\n  in: connection own, output.away\n  more: sluice explain SLU3001\n'],
  );
  assert.equal(
    stdout,
    `ok  component echo: sluice:event/handler@0.1.0
ok  trigger in: connection own answers
ok  output out: connection own answers
ok  store shared: connection own answers
`,
  );
});

test('check runs no code of adapters from packages and files, unless it is asked to', async () => {
  const toml = `[connection.own]\ntype = "./own.mjs"\nregion = "eu"
[component.echo]\nsource = "${await buildGuest('echo')}"
[[trigger."./own.mjs"]]\ncomponent = "echo"\nconnection = "own"\nanything = [1]
[output.out]\nconnection = "own"\nup = true`;
  const marker = join(tmpdir(), `sluice-check-${process.pid}`);
  const files = {
    'sluice.toml': toml,
    'own.mjs': `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(marker)}, '');\nexport const adapter = 5;`,
    'bad.toml': `${toml}\n[output.other]\ntype = "./own.mjs"\nconnection = "none"`,
  };
  using line = new CommandLine(files);
  const offline = await line.run([registerCheck], ['check']);
  assert.deepEqual([offline.exitCode, offline.stderr, existsSync(marker)], [0, '', false]);
  assert.match(
    offline.stdout,
    /^-- {2}adapter \.\/own\.mjs: its code was not run, so its tables are unchecked: sluice check --adapters$/m,
  );
  const bad = await line.run([registerCheck], ['--manifest', 'bad.toml', 'check']);
  assert.match(bad.stderr, /SLU1204: output\.other\.connection names connection "none"/);

  const asked = await line.run([registerCheck], ['check', '--adapters']);
  assert.equal(existsSync(marker), true);
  rmSync(marker);
  assert.match(asked.stderr, /SLU1208/);
});
