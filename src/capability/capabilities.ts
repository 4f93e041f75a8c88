import type { Provides } from '../component/transpile-plan.ts';
import type { Capability } from './capability.ts';
import { config } from './config.ts';
import { interfaceName } from './interface-name.ts';
import { keyvalue } from './keyvalue/keyvalue.ts';
import { logging } from './logging.ts';
import { mayWait } from './may-wait.ts';
import { messaging } from './messaging/messaging.ts';
import { wasi } from './wasi/wasi.ts';

/** All host interfaces that a component may import. */
export const capabilities: readonly Capability[] = [wasi, config, logging, keyvalue, messaging];

/**
 * Whether an import is provided, and which of its functions suspend in the component with that outline. Waiting (wasi:io/poll) suspends
 * when the component may wait for something, and when it suspends for other reasons anyway.
 */
export const provides: Provides = (importName, outline) => {
  const provided = providedBy(importName);
  if (provided === undefined || outline === undefined || !isPoll(importName)) return provided;
  const suspendsElsewhere = outline.imports.some(
    (other) => !isPoll(other) && providedBy(other)?.suspends.some((name) => outline.called.has(name)),
  );
  return suspendsElsewhere || mayWait(outline) ? provided : { suspends: [] };
};

function isPoll(importName: string): boolean {
  return interfaceName(importName).path === 'wasi:io/poll';
}

function providedBy(importName: string): ReturnType<Provides> {
  for (const capability of capabilities) {
    const provided = capability.provides(importName);
    if (provided !== undefined) return provided;
  }
}
