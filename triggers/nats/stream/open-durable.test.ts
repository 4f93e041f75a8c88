import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseOldServer } from './open-durable.ts';

test('refuseOldServer refuses what is older than 2.10, and tells both versions', () => {
  for (const version of ['2.9.25', '2.2.0', '1.4.1', '2.9.0-beta.1']) {
    assert.throws(() => refuseOldServer(version), { code: 'SLU3313', message: new RegExp(`${version};.* 2\\.10`) });
  }
});

test('refuseOldServer takes 2.10 and what is newer, previews and unknown builds too', () => {
  for (const version of ['2.10.0', '2.10.0-RC.1', '2.15.2', '3.0.0', '10.0.0', 'dev']) refuseOldServer(version);
});
