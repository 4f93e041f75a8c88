import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlackBox } from './black-box.ts';
import type { CallLog } from './thread-messages.ts';

const line = (text: string): CallLog => ({ call: 1, record: { level: 'info', context: 'stdout', text } });

test('BlackBox gives back what was written since it was cleared', () => {
  const memory = BlackBox.memory();
  const inThread = new BlackBox(memory);
  inThread.add(line('reported'));
  inThread.clear();
  const lines = [line('one\ntwo'), line('\u{1f600}'), line('')];
  for (const each of lines) inThread.add(each);
  assert.deepEqual(new BlackBox(memory).read(), lines);
});

test('BlackBox leaves out what it has no room for', () => {
  const box = new BlackBox(BlackBox.memory());
  const fits = line('x'.repeat(1000));
  box.add(line('x'.repeat(100_000)));
  for (let n = 0; n < 100; n++) box.add(fits);
  const lines = box.read();
  assert.ok(lines.length > 10 && lines.length < 100, `${lines.length} lines`);
  for (const each of lines) assert.deepEqual(each, fits);
});
