import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { registerConfig } from './config.ts';
import { registerImport } from './import.ts';
import { CommandLine } from '../testing/command-line.ts';

const second = `spin_manifest_version = 2
[application]
name = "shop"
[variables]
greeting = { default = "hello" }
token = { required = true, secret = true }
odd = { default = "a}b" }
[[trigger.redis]]
channel = "orders/new"
component = "orders"
[[trigger.cron]]
cron_expression = "0 */5 * * * 2 2027"
component = "tick"
[[trigger.http]]
route = "/..."
component = "web"
[[trigger.websocket]]
component = "web"
[[trigger.mqtt]]
topic = "plant/+/heat"
component = { source = "heat.wasm" }
[component.orders]
source = "orders.wasm"
key_value_stores = ["default"]
allowed_outbound_hosts = ["https://api.example.com:443", "http://*.shop.example", "redis://cache:6379", "https://*:*"]
files = [{ source = "assets", destination = "/assets" }, "x/*.txt"]
environment = { MODE = "\${env:HOME}" }
[component.orders.variables]
hello = "{{ greeting }}, you"
api = "{{ token }}"
odd = "{{ odd }}"
[component.orders.build]
command = ["npm ci", "npm run build --dir \${PWD}"]
workdir = "orders"
[component.tick]
source = { url = "https://example.com/tick.wasm", digest = "sha256:abc" }
[component.web]
source = "web.wasm"
`;

const first = `spin_manifest_version = "1"
name = "old"
trigger = { type = "redis", address = "redis://localhost" }
[[component]]
id = "orders"
source = "orders.wasm"
key_value_stores = ["default"]
[component.config]
colour = "red"
[component.trigger]
channel = "orders"
`;

test('import makes a manifest that Sluice takes, and lists what has no counterpart', async () => {
  using line = new CommandLine({ 'spin.toml': second });
  const { exitCode, stdout, stderr } = await line.run([registerImport], ['import', 'spin.toml', '--to', 'sluice.toml']);
  assert.equal(exitCode, 0);
  assert.equal(stdout, '');
  const left = stderr.split('\n').filter((each) => each.startsWith('left: '));
  for (const about of [
    /the redis trigger on .* now reads the queue 'orders-new'/,
    /weekdays as numbers \('2'\)/,
    /was limited to years \('2027'\)/,
    /'web' answered requests to '\/\.\.\.'/,
    /no trigger of type 'websocket'/,
    /the mqtt trigger on /,
    /allowed_outbound_hosts \('redis:\/\/cache:6379'\): to publish there, define an output and grant it: allow\.publish/,
    /allowed_outbound_hosts \('https:\/\/\*:\*'\)/,
    /the files 'x\/\*\.txt'/,
    /default of the variable 'odd'/,
    /'tick' was downloaded/,
  ])
    assert.equal(left.filter((each) => about.test(each)).length, 1, `${about}:\n${stderr}`);
  assert.equal(left.length, 11);
  const written = readFileSync(join(line.dir, 'sluice.toml'), 'utf8');
  for (const each of left) assert.ok(written.includes(`# - ${each.slice('left: '.length)}\n`));

  const env = { SPIN_VARIABLE_TOKEN: 's3', SPIN_VARIABLE_ODD: 'o' };
  const {
    stdout: effective,
    exitCode: code,
    stderr: why,
  } = await line.run([registerConfig], ['config', '--json'], { env });
  assert.equal(code, 0, why);
  for (const value of [
    '"hello, you"',
    '"${env:HOME}"',
    '"https://api.example.com"',
    '"http://*.shop.example"',
    '"0 */5 * * * 2"',
    '"orders-new"',
    '"plant-heat"',
    '"npm ci && npm run build --dir ${PWD}"',
    '"assets',
  ])
    assert.ok(effective.includes(value), `${value}:\n${effective}`);
});

test('import takes the first version of the manifest, too', async () => {
  using line = new CommandLine({ 'spin.toml': first });
  const { exitCode, stdout } = await line.run([registerImport], ['import', 'spin.toml']);
  assert.equal(exitCode, 0);
  assert.match(stdout, /^\[app\]\nname = "old"$/m);
  assert.match(
    stdout,
    /^\[component\.orders\]\nsource = "orders\.wasm"\n\n\[component\.orders\.config\]\ncolour = "red"$/m,
  );
  assert.match(stdout, /^\[\[trigger\.queue\]\]\nqueue = "orders"\ncomponent = "orders"$/m);
});

test('import rejects a file that is not a Spin manifest, and overwrites nothing', async () => {
  using line = new CommandLine({ 'other.toml': '[app]\nname = "a"', 'spin.toml': first, 'sluice.toml': 'mine' });
  assert.match(
    (await line.run([registerImport], ['import', 'other.toml'])).stderr,
    /SLU1201: other\.toml is not a Spin manifest/,
  );
  assert.match((await line.run([registerImport], ['import', 'none.toml'])).stderr, /SLU1101: cannot read .*none\.toml/);
  const { exitCode, stderr } = await line.run([registerImport], ['import', 'spin.toml', '--to', 'sluice.toml']);
  assert.equal(exitCode, 2);
  assert.match(stderr, /SLU1001: \S*sluice\.toml exists already/);
  assert.equal(readFileSync(join(line.dir, 'sluice.toml'), 'utf8'), 'mine');
});

test('import holds against values of any type and text that a terminal would act on', async () => {
  const odd = `spin_manifest_version = 2
application = "none"
variables = [1]
[[trigger.cron]]
cron_expression = 7
component = 8
[[trigger.redis]]
channel = "\\u001b[31m"
component = "a"
[[trigger.mqtt]]
topic = "${'-'.repeat(500_000)}a"
component = { source = "b.wasm" }
id = "__proto__"
[[trigger.toString]]
component = "a"
[component.a]
source = 5
files = 7
environment = { A = 1 }
variables = "x"
key_value_stores = "default"
build = 3
`;
  using line = new CommandLine({ 'spin.toml': odd });
  const { exitCode, stdout, stderr } = await line.run([registerImport], ['import', 'spin.toml', '--json']);
  assert.equal(exitCode, 0, stderr);
  assert.ok(!`${stdout}${stderr}`.includes('\u001b'));
  assert.match(stderr, /no trigger of type 'toString'/);
});
