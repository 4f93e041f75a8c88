import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseManifest } from '../manifest/parse-manifest.ts';
import { circles } from '../runtime/circles.ts';
import { builtInAdapters } from './manifest/load-adapters.ts';

const adapters = await builtInAdapters();

function circlesIn(toml: string): readonly string[] {
  const app = parseManifest(
    `component.c.source = "c.wasm"
[connection.nats]
type = "nats"
servers = "a:4222"
[connection.kafka]
type = "kafka"
brokers = "a:9092"
[connection.again]
type = "kafka"
brokers = ["b:9092", "a:9092"]
client_id = "other"
[connection.nats-again]
type = "nats"
servers = "a:4222"
name = "other"
[connection.nats-other]
type = "nats"
servers = "a:4222"
user = "other"
password = "x"
${toml}`,
    { file: '/app/sluice.toml', adapters, env: {}, readFile: () => '', processors: 2 },
  );
  return circles(app, adapters).map(({ code, message }) => `${code} ${message}`);
}

const trigger = (name: string, keys: string, dead: string): string => {
  const type = /^(\w+):/.exec(keys)?.[1] ?? 'queue';
  return `[[trigger.${type}]]\nname = "${name}"\ncomponent = "c"\ndead_letter = "${dead}"\n${keys.replace(/^\w+:/, '')}\n`;
};
const output = (name: string, keys: string): string => `[output.${name}]\n${keys}\n`;

const nats = (keys: string): string => `nats:connection = "nats"\n${keys}`;
const kafka = (keys: string): string => `kafka:connection = "kafka"\n${keys}`;
const subject = (name: string): string => `connection = "nats"\nsubject = "${name}"`;
const topic = (name: string, connection = 'kafka'): string => `connection = "${connection}"\ntopic = "${name}"`;

const found: Readonly<Record<string, string>> = {
  'a queue': trigger('t', 'queue:queue = "q"', 'dead') + output('dead', 'queue = "q"'),
  'a subject of core NATS': trigger('t', nats('subject = "a.b"'), 'dead') + output('dead', subject('a.b')),
  'a subject with a wildcard': trigger('t', nats('subject = "a.>"'), 'dead') + output('dead', subject('a.dead')),
  'a filter of a stream':
    trigger('t', nats('stream = "S"\nfilter = "a.*"'), 'dead') + output('dead', subject('a.dead')),
  'a stream that is named':
    trigger('t', nats('stream = "S"'), 'dead') + output('dead', `${subject('a.dead')}\nstream = "S"`),
  'a stream that the trigger makes':
    trigger('t', nats('stream = "S"\ncreate = { subjects = ["a.>"] }'), 'dead') + output('dead', subject('a.dead')),
  'a topic': trigger('t', kafka('topic = ["a", "dead"]'), 'dead') + output('dead', topic('dead')),
  'a subject by a connection with another name':
    trigger('t', nats('subject = "a.b"'), 'dead') + output('dead', 'connection = "nats-again"\nsubject = "a.b"'),
  'a topic by a connection with another name':
    trigger('t', kafka('topic = "dead"'), 'dead') + output('dead', topic('dead', 'again')),
};

for (const [what, toml] of Object.entries(found)) {
  test(`dead letters that go to ${what} that their own trigger reads are a circle`, () => {
    const [circle = '', ...others] = circlesIn(toml);
    assert.match(circle, /^SLU1211 .*dead letters of trigger 't' come back to it: they are read by 't'$/);
    assert.deepEqual(others, []);
  });
}

test('a circle of dead letters through several triggers, one by a pattern, is found for each of them', () => {
  const toml =
    trigger('one', kafka('pattern = "x-.*"'), 'a') +
    trigger('two', kafka('topic = "a-letters"\ngroup = "two"'), 'b') +
    output('a', topic('a-letters')) +
    output('b', topic('x-letters'));
  const told = circlesIn(toml).map((message) => message.split(': ').slice(1).join(': '));
  assert.deepEqual(told, [
    "dead letters of trigger 'one' come back to it: they are read by 'two', then 'one'",
    "dead letters of trigger 'two' come back to it: they are read by 'one', then 'two'",
  ]);
});

const fine: Readonly<Record<string, string>> = {
  'that nobody reads': trigger('t', 'queue:queue = "q"', 'dead') + output('dead', 'queue = "dead"'),
  'that another trigger handles, and keeps its own':
    trigger('t', 'queue:queue = "q"', 'dead') +
    trigger('d', 'queue:queue = "dead"', 'store') +
    output('dead', 'queue = "dead"'),
  'of another user of the same server':
    trigger('t', nats('subject = "a.b"'), 'dead') + output('dead', 'connection = "nats-other"\nsubject = "a.b"'),
  'that a pattern of the same trigger leaves out':
    trigger('t', kafka('pattern = "a.*"'), 'dead') + output('dead', topic('a-dead')),
  'of a filter beside':
    trigger('t', nats('stream = "S"\nfilter = "a.new"'), 'dead') + output('dead', subject('a.dead')),
};

for (const [what, toml] of Object.entries(fine)) {
  test(`dead letters ${what} are no circle`, () => assert.deepEqual(circlesIn(toml), []));
}
