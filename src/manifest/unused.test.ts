import assert from 'node:assert/strict';
import test from 'node:test';
import { manifestWarnings } from './parse-manifest.ts';
import { read } from './testing/read-manifest.ts';

test('manifestWarnings tells of stores that neither a trigger nor a component uses', () => {
  const app = read(`
[connection.main]
type = "nats"
servers = ["a"]
[component.c]
source = "a.wasm"
allow = { keyvalue = ["guests"] }
[[trigger.cron]]
component = "c"
schedule = "@daily"
store = "replicas"
[store.guests]
connection = "main"
bucket = "a"
[store.replicas]
connection = "main"
bucket = "b"
[store.spare]
connection = "main"
bucket = "c"
`);
  assert.deepEqual(
    manifestWarnings(app).map(({ code, line, message }) => `${code} ${line} ${message}`),
    ['SLU1301 18 store.spare is defined, but no trigger and no allow.keyvalue uses it'],
  );
});

test('manifestWarnings tells of components and connections that nothing uses, not of outputs', () => {
  const app = read(`
[connection.used]
type = "nats"
servers = ["a"]
[connection.spare]
type = "nats"
servers = ["a"]
[component.used]
source = "a.wasm"
[component.spare]
source = "b.wasm"
[[trigger.queue]]
component = "used"
queue = "q"
[output.out]
connection = "used"
subject = "s"
`);
  assert.deepEqual(
    manifestWarnings(app).map(({ code, line, message }) => `${code} ${line} ${message}`),
    [
      'SLU1301 10 component.spare is defined, but no trigger uses it',
      'SLU1301 5 connection.spare is defined, but no trigger, output or store uses it',
    ],
  );
});
