import { closeSync, openSync } from 'node:fs';
import type { TestContext } from 'node:test';
import type { GrantedFolder } from '../capability.ts';

/** A grant of a folder, which is held open until the test is over. */
export function heldFolder(t: TestContext, host: string, readonly: boolean): GrantedFolder {
  const fd = openSync(host, 'r');
  t.after(() => closeSync(fd));
  return { host, readonly, fd };
}
