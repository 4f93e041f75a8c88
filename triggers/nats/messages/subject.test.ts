import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backTo, matches, overlap } from './subject.ts';

test('matches follows the rules of subscriptions', () => {
  for (const [pattern, subject, wanted] of [
    ['a.b', 'a.b', true],
    ['a.b', 'a.b.c', false],
    ['a.b.c', 'a.b', false],
    ['a.*', 'a.b', true],
    ['a.*', 'a', false],
    ['a.*', 'a.b.c', false],
    ['*.b.*', 'a.b.c', true],
    ['a.>', 'a.b.c', true],
    ['a.>', 'a', false],
    ['>', 'a', true],
    ['a.*.>', 'a.b', false],
    ['a*', 'ab', false],
  ] as const)
    assert.equal(matches(pattern, subject), wanted, `${pattern} ${subject}`);
});

test('overlap finds whether two patterns have a subject in common, either way round', () => {
  for (const [one, other, wanted] of [
    ['a.b', 'a.b', true],
    ['a.*', '*.b', true],
    ['a.>', '*.b', true],
    ['a.>', 'a', false],
    ['a.*', 'a.b.c', false],
    ['a.b.>', 'a.*', false],
    ['a.b', 'b.*', false],
    ['>', 'x.y.z', true],
    ['*.*', 'a.>', true],
  ] as const) {
    assert.equal(overlap(one, other), wanted, `${one} ${other}`);
    assert.equal(overlap(other, one), wanted, `${other} ${one}`);
  }
});

const message = { headers: [], data: new Uint8Array() };

test('backTo gives the place of an event where the source reads that, else the only one there is', () => {
  assert.equal(backTo(['a.*', 'b'])({ ...message, subject: 'a.x' }), 'a.x');
  assert.equal(backTo(['b'])({ ...message, subject: 'order 17' }), 'b');
  assert.equal(backTo(['b'])(message), 'b');
  assert.equal(backTo(['a.*'])(message), undefined);
  assert.throws(() => backTo(['a.*'])({ ...message, subject: 'b.x' }), { code: 'SLU3308' });
  assert.throws(() => backTo([])({ ...message, subject: 'b.x' }), { code: 'SLU3308' });
});

test('backTo never gives a subject of commands, even to a source that reads them', () => {
  for (const subject of ['$JS.API.STREAM.DELETE.x', '$SYS.REQ.SERVER.PING', '$KV.b.k', '_INBOX.x.y'])
    assert.throws(() => backTo(['>', '$KV.>'])({ ...message, subject }), { code: 'SLU3308' });
});
