import type { ComponentOutline } from '../component/component-outline.ts';
import type { Provides } from '../component/transpile/transpile-plan.ts';
import { type Capability, type Grants, interfaceName } from './capability.ts';
import { config } from './config.ts';
import { keyvalue } from './keyvalue/keyvalue.ts';
import { logging } from './logging.ts';
import { messaging, publishes } from './messaging/messaging.ts';
import { wasi } from './wasi/wasi.ts';

/** All host interfaces that a component may import. */
export const capabilities: readonly Capability[] = [wasi, config, logging, keyvalue, messaging];

/**
 * Whether Sluice provides an import, and which of its functions suspend in a component with that outline and those grants. Functions that wait
 * (wasi:io/poll) suspend if the component may wait for something, or suspends for another reason anyway. Streams (wasi:io/streams) suspend if it may
 * send HTTP requests: their bodies are streams.
 */
export function providesFor({ http, publish }: Pick<Grants, 'http' | 'publish'>): Provides {
  const mayPublish = Object.keys(publish).length > 0;
  const provide: Provides = (importName, outline) => {
    const provided = providedBy(importName);
    if (provided === undefined) return undefined;
    // Without a grant nothing is asked of the main thread.
    if (publishes(importName) && !mayPublish) return { suspends: [], withheld: 'allow.publish' };
    if (outline === undefined) return provided;
    const sends = http.length > 0 && sendsRequests(outline);
    if (isPath(importName, STREAMS)) return sends ? provided : { suspends: [] };
    if (!isPath(importName, POLL)) return provided;
    return sends || mayWait(outline) || waitsForMain(outline, provide) ? provided : { suspends: [] };
  };
  return provide;
}

/** The same without any grant. */
export const provides: Provides = providesFor({ http: [], publish: {} });

/** The same where everything is granted: what a component would do then. */
export const providesGranted: Provides = providesFor({ http: ['https://*.example'], publish: { any: ['>'] } });

const POLL = 'wasi:io/poll';
const STREAMS = 'wasi:io/streams';

function sendsRequests({ imports, called }: ComponentOutline): boolean {
  return called.has('handle') && imports.some((name) => isPath(name, 'wasi:http/outgoing-handler'));
}

/** Whether it imports functions that always suspend. */
function waitsForMain({ imports, called }: ComponentOutline, provide: Provides): boolean {
  return imports
    .filter((name) => !isPath(name, POLL) && !isPath(name, STREAMS))
    .some((name) => provide(name)?.suspends.some((each) => called.has(each)));
}

function isPath(importName: string, path: string): boolean {
  return interfaceName(importName).path === path;
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

/** The key below a component in the manifest that decides what an import reaches. `undefined`: it needs none, or is not provided. */
export function grantFor(importName: string): string | undefined {
  if (publishes(importName)) return 'allow.publish';
  const { path } = interfaceName(importName);
  return grants.find(([prefix]) => path.startsWith(prefix))?.[1];
}
