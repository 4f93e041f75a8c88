import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { isGone, processMark } from './process-mark.ts';

/** This process's mark, with some fields replaced. */
function marked(fields: { boot?: string; namespace?: string; pid?: number; start?: string }): string {
  const [platform, boot, namespace, pid, start] = processMark.split('/');
  return [platform, fields.boot ?? boot, fields.namespace ?? namespace, fields.pid ?? pid, fields.start ?? start].join(
    '/',
  );
}

const linux = {
  skip: process.platform === 'linux' ? false : 'there is no /proc here: only a missing pid proves death',
};

test('isGone does not take the living for dead', () => {
  assert.equal(isGone(processMark), false);
});

test('isGone knows a process that has ended', () => {
  const { pid } = spawnSync('true');
  assert.equal(isGone(marked({ pid })), true);
});

test('isGone knows that another process has the pid now', linux, () => {
  assert.equal(isGone(marked({ start: '1' })), true);
});

test('isGone knows that the machine was started again since', linux, () => {
  assert.equal(isGone(marked({ boot: '00000000-0000-4000-8000-000000000000' })), true);
});

test('isGone claims nothing about a process in another container, or on another platform', () => {
  const { pid } = spawnSync('true');
  assert.equal(isGone(marked({ namespace: 'pid:[1]', pid })), false);
  assert.equal(isGone(`plan9/${marked({ pid }).split('/').slice(1).join('/')}`), false);
});
