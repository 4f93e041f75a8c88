import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coversTopic, isTopic, isTopicPattern, mayPublish, outputFor } from './publish-grant.ts';

test('isTopicPattern takes topics and whole parts as wildcards, and nothing else', () => {
  for (const pattern of ['a', 'a.b', 'a/b', '/a', '*', '>', 'a.*', 'a.*.b', 'a.>', '*/>', '$KV.x.>', 'a-b_c', 'ä.ö'])
    assert.ok(isTopicPattern(pattern), pattern);
  for (const wrong of ['', ' ', 'a b', 'a*', '*a', 'a.>.b', '>.a', 'a.>b', 'a\n', 'a\0', '\u202e', 'a'.repeat(1025)])
    assert.ok(!isTopicPattern(wrong), JSON.stringify(wrong));
});

test('isTopic takes no wildcard, no blank, no control character and nothing long', () => {
  for (const topic of ['a', 'a.b', '$JS.API.x', 'a/b/', 'a'.repeat(1024)]) assert.ok(isTopic(topic), topic);
  for (const wrong of ['', '*', 'a.*', '>', 'a b', 'a\tb', 'a\r\n', '\u0007', '\ud800', 'a'.repeat(1025)])
    assert.ok(!isTopic(wrong), JSON.stringify(wrong));
});

test('coversTopic compares part by part', () => {
  const covered = [
    ['a.b', 'a.b'],
    ['a.*', 'a.b'],
    ['a.>', 'a.b.c'],
    ['a/*', 'a/b'],
    ['*', 'a'],
    ['>', 'a.b'],
    ['a.*.c', 'a.b.c'],
    ['$KV.x.>', '$KV.x.y'],
  ] as const;
  for (const [pattern, topic] of covered) assert.ok(coversTopic(pattern, topic), `${pattern} ${topic}`);
  const uncovered = [
    ['a.b', 'a.c'],
    ['a.b', 'a'],
    ['a.b', 'a.b.c'],
    ['a.*', 'a'],
    ['a.*', 'a.b.c'],
    ['a.*', 'a.'],
    ['a.>', 'a'],
    ['a.>', 'a.'],
    ['a.*', 'a/b'],
    ['a/*', 'a.b'],
    ['a.*', 'a.b/c'],
    ['*', ''],
  ] as const;
  for (const [pattern, topic] of uncovered) assert.ok(!coversTopic(pattern, topic), `${pattern} ${topic}`);
});

test('coversTopic keeps what a broker has for itself from wildcards', () => {
  for (const topic of ['$JS.API.STREAM.DELETE.x', '$SYS.x', '_INBOX.x', '$KV/x', '__consumer_offsets'])
    for (const pattern of ['>', '*', '*.>', '*.*', '*/*'])
      assert.ok(!coversTopic(pattern, topic), `${pattern} ${topic}`);
});

test('outputFor finds the first output that is granted for a topic', () => {
  const grant = { first: ['a.*'], second: ['a.>', 'b'] };
  assert.equal(outputFor(grant, 'a.x'), 'first');
  assert.equal(outputFor(grant, 'a.x.y'), 'second');
  assert.equal(outputFor(grant, 'b'), 'second');
  for (const topic of ['c', 'a.*', '>', '']) assert.equal(outputFor(grant, topic), undefined, topic);
  assert.ok(!mayPublish(grant, 'constructor', 'a.x'));
  assert.ok(!mayPublish(grant, 'first', 'b'));
});
