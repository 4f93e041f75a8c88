import type { Provides } from '../component/transpile/transpile-plan.ts';
import { type Capability, interfaceName } from './capability.ts';
import { config } from './config.ts';
import { keyvalue } from './keyvalue/keyvalue.ts';
import { logging } from './logging.ts';
import { messaging } from './messaging/messaging.ts';
import { wasi } from './wasi/wasi.ts';
import type { ComponentOutline } from '../component/component-outline.ts';

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

/** A function that QuickJS components export beside their own. */
const QUICKJS_INIT = 'init';

/**
 * Whether a component can wait for a moment, rather than only ask a clock.
 *
 * Every component that `jco componentize --backend qjs` makes imports `subscribe-duration` for its C library, where no script can reach it;
 * a world that imports the clock for its script brings `subscribe-instant`, too. Telling them apart keeps scripts that don't wait out of
 * JSPI: a call of a small one costs 21 us without and 27 us with it (November 2026).
 */
export function mayWait({ called, exports }: ComponentOutline): boolean {
  if (called.has('subscribe-instant')) return true;
  return called.has('subscribe-duration') && !exports.includes(QUICKJS_INIT);
}

const grants: readonly (readonly [prefix: string, key: string])[] = [
  ['wasi:cli/environment', 'allow.env'],
  ['wasi:filesystem/', 'allow.files'],
  ['wasi:http/', 'allow.http'],
  ['wasi:config/', 'config'],
  ['wasi:keyvalue/', 'allow.keyvalue'],
  ['fermyon:spin/key-value', 'allow.keyvalue'],
  ['fermyon:spin/variables', 'config'],
  ['fermyon:spin/config', 'config'],
];

/** The manifest's key, below a component, that decides what an import reaches. `undefined`: it needs none, or none is provided. */
export function grantFor(importName: string): string | undefined {
  const { path } = interfaceName(importName);
  return grants.find(([prefix]) => path.startsWith(prefix))?.[1];
}
