import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backTo } from './own-subjects.ts';

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
