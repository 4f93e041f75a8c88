import { createHash } from 'node:crypto';
import type { CachedTranspiled } from './transpile-once.ts';
import { GLUE_FILE } from './transpiled.ts';

/** One export of a core module. */
export interface CoreExport {
  /** Of which core instance: they count from 0 in the order in which the generated code makes them. */
  readonly core: number;
  readonly name: string;
}

/**
 * What the canonical options of a contract's export refer to: with these, the export can be called without the generated code.
 * https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md#canon-lift
 */
export interface DirectEntry {
  /** Whether the contract hands over one event, or a list of them. */
  readonly takes: 'one' | 'many';
  readonly call: CoreExport;
  readonly memory: CoreExport;
  readonly realloc: CoreExport;
  /** Absent: the component has none. */
  readonly postReturn?: CoreExport;
}

/**
 * SHA-256 of the functions that jco-transpile 0.15.0 generates for the exports of wit/event.wit and `guardedGlue` completes, without their numbers. A function's text
 * follows from the types, the string encoding and the canonical options alone, so an equal one proves all of these at once.
 */
const KNOWN: ReadonlyMap<string, DirectEntry['takes']> = new Map([
  ['edf0c5beae6e78f15683139e69fa8a6064d9635b65218eb4cc1a7812f7793168', 'one'],
  ['29da44a247c881f510aec62468706b78e6cffa7a5c11784050db5f87678d4de0', 'many'],
]);

/** The function that each contract's interface exports, as the generated code calls it. */
const FUNCTIONS = ['handle', 'handleBatch'] as const;

const CORE_CALL = /fn: \(\) => (\w+)\((?:ptr0|result\d+, len\d+)\)/;

/**
 * How `entry` (`sluice:event/handler@0.1.0`) is called directly, or `undefined` when anything about it is not exactly as Sluice's own
 * contract and the pinned generator have it.
 */
export function directEntryIn(glue: string, entry: string): DirectEntry | undefined {
  const body = bodyOf(glue, entry);
  const call = only(body?.match(new RegExp(CORE_CALL, 'g')))?.match(CORE_CALL)?.[1];
  if (body === undefined || call === undefined) return undefined;
  const memory = only(body.match(/\bmemory\d+\b/g));
  const realloc = only(body.match(/\brealloc\d+\b/g));
  const postReturns = body.match(/\bpostReturn\d+\b/g);
  const postReturn = only(postReturns);
  const takes = KNOWN.get(fingerprint(body, call));
  if (takes === undefined || memory === undefined || realloc === undefined) return undefined;
  const exportOf = exportsBound(glue);
  const found = { call: exportOf(call), memory: exportOf(memory), realloc: exportOf(realloc) };
  if (found.call === undefined || found.memory === undefined || found.realloc === undefined) return undefined;
  const options = { takes, call: found.call, memory: found.memory, realloc: found.realloc };
  if (postReturns === null) return options;
  const freeing = postReturn === undefined ? undefined : exportOf(postReturn);
  return freeing === undefined ? undefined : { ...options, postReturn: freeing };
}

/** The same of a transpiled component. One that may suspend needs the generated code. */
export function directEntryOf(
  { files, suspends }: Pick<CachedTranspiled, 'files' | 'suspends'>,
  entry: string,
): DirectEntry | undefined {
  const glue = suspends ? undefined : files.get(GLUE_FILE);
  return glue && directEntryIn(new TextDecoder().decode(glue), entry);
}

/** The text of the function that the generated module exports for `entry`. */
function bodyOf(glue: string, entry: string): string | undefined {
  const name = RegExp.escape(entry);
  const exported = only(glue.match(new RegExp(`^ *return \\{.* '${name}': (\\w+), .*\\};$`, 'gm')));
  const object = exported?.match(new RegExp(`'${name}': (\\w+), `))?.[1];
  if (object === undefined) return undefined;
  const functions = FUNCTIONS.join('|');
  const listed = new RegExp(`^ *const ${object} = \\{\\n *(?:${functions}): (\\w+),\\s*\\};$`, 'm').exec(glue)?.[1];
  if (listed === undefined) return undefined;
  return new RegExp(`^( *)function ${listed}\\(arg0\\) \\{\\n[^]*?\\n\\1\\}$`, 'm').exec(glue)?.[0];
}

/** The value, when all are the same. */
function only(found: readonly string[] | null | undefined): string | undefined {
  const distinct = new Set(found ?? []);
  return distinct.size === 1 ? [...distinct][0] : undefined;
}

/** Of a function: names and numbers that depend on what else is in the component don't count, and nor does white space. */
function fingerprint(body: string, call: string): string {
  const text = body
    .replaceAll(new RegExp(`\\b${call}\\b`, 'g'), 'CALL')
    .replace(/\b(memory|realloc|postReturn)\d+\b/g, '$1')
    .replace(/^( *)function \w+\(/, 'function (')
    .replace(/\b(componentIdx: |getOrCreateAsyncState\(|setReturnMemoryIdx\(|if \()\d+/g, '$1')
    .replace(/\s+/g, ' ');
  return createHash('sha256').update(text).digest('hex');
}

/** Finds which core export a variable of the generated code holds. */
function exportsBound(glue: string): (variable: string) => CoreExport | undefined {
  const order = Array.from(
    glue.matchAll(/^ *\(\{ exports: (exports\d+) \} = yield instantiateCore\(/gm),
    ([, name]) => name,
  );
  return (variable) => {
    const bound = new RegExp(
      `^ *${variable} = (?:\\$boundary\\.allocator\\()?(exports\\d+)(?:\\.(\\w+)|\\['([^']+)'\\])\\)?;$`,
      'gm',
    );
    const [first, ...others] = glue.matchAll(bound);
    const name = first?.[2] ?? first?.[3];
    const core = order.indexOf(first?.[1]);
    return name === undefined || core === -1 || others.length > 0 ? undefined : { core, name };
  };
}
