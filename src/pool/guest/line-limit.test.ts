import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GuestLog } from '../../capability/capability.ts';
import { LineLimit } from './line-limit.ts';

const line = (text: string): GuestLog => ({ level: 'info', context: 'stdout', text });

test('LineLimit passes ordinary lines on as they are', () => {
  const limit = new LineLimit();
  assert.deepEqual(limit.admit(line('hello')), line('hello'));
  assert.equal(limit.summary, undefined);
});

test('LineLimit cuts a line that is too long', () => {
  const text = new LineLimit().admit(line('x'.repeat(100_000)))?.text;
  assert.equal(text, `${'x'.repeat(8191)}…`);
});

test('LineLimit drops lines beyond 1000 and tells how many', () => {
  const limit = new LineLimit();
  const passed = Array.from({ length: 1234 }, () => limit.admit(line('x'))).filter((each) => each !== undefined);
  assert.equal(passed.length, 1000);
  assert.match(limit.summary?.text ?? '', /^dropped 234 lines/);
});

test('LineLimit drops text beyond 256 Ki characters, however few lines it has', () => {
  const limit = new LineLimit();
  const passed = Array.from({ length: 100 }, () => limit.admit(line('x'.repeat(100_000))));
  const kept = passed.reduce((sum, each) => sum + (each?.text.length ?? 0), 0);
  assert.ok(kept < 300_000, `${kept} characters`);
  assert.match(limit.summary?.text ?? '', /^dropped \d+ lines/);
});
