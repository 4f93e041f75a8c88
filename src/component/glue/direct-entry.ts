import { createHash } from 'node:crypto';
import type { CachedTranspiled } from '../transpile/transpile-once.ts';
import { TASKLESS_FILE } from '../transpile/transpile-plan.ts';

/** One export of a core module. */
export interface CoreExport {
  /** Index of the core instance, from 0, in the order in which the generated code creates them. */
  readonly core: number;
  readonly name: string;
}

/**
 * The functions that the canonical options of a contract's export name. With them, the export can be called without the generated code.
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
  /** Whether a call may suspend, so that its answer comes later. */
  readonly waits: boolean;
  /** Whether its imports need a task of the generated code around each call. */
  readonly inTask: boolean;
}

type Form = Pick<DirectEntry, 'takes' | 'waits'>;

/**
 * SHA-256 of the functions that jco-transpile 0.15.0 generates for the exports of wit/event.wit and `guardedGlue` completes, without their
 * numbers: with and without a function to call when the answer is read. A function's text follows from the types, the string encoding and the
 * canonical options alone, so an equal one proves all of these at once.
 */
const KNOWN: ReadonlyMap<string, Form> = new Map([
  ['edf0c5beae6e78f15683139e69fa8a6064d9635b65218eb4cc1a7812f7793168', { takes: 'one', waits: false }],
  ['19e3131078e9e5ad6d064458f0693b53a335da2ff7e05749e0ebf483003f3245', { takes: 'one', waits: false }],
  ['29da44a247c881f510aec62468706b78e6cffa7a5c11784050db5f87678d4de0', { takes: 'many', waits: false }],
  ['ed0346a147e27c93fef6eaaad8b866c53d2696357294390c501d05290c022bf4', { takes: 'many', waits: false }],
  ['afb0fbad201c564713eb033e4d76ed31f4c4024d91837db980c931e43934b790', { takes: 'one', waits: true }],
  ['80f94ed613f89b87ce1177df00878a3b838a44a88f0a62768a941acd9deff114', { takes: 'one', waits: true }],
  ['995644b49f9bc82441a70277e8708ae207db56603a21b31673b16dabc0b77ac0', { takes: 'many', waits: true }],
  ['28d01c8c4813edae86c2ee38a2b677761862c4de3f3ddb07c48bd2d5c59bbad6', { takes: 'many', waits: true }],
]);

/** The function that each contract's interface exports, as the generated code calls it. */
const FUNCTIONS = ['handle', 'handleBatch'] as const;

const CORE_CALL = /fn: \(\) => (\w+)\((?:ptr0|result\d+, len\d+)\)/;

/**
 * How to call `entry` (`sluice:event/handler@0.1.0`) directly, or `undefined` if anything differs from Sluice's own contract as the pinned generator
 * writes it.
 */
export function directEntryIn(glue: string, entry: string): Omit<DirectEntry, 'inTask'> | undefined {
  const body = bodyOf(glue, entry);
  const call = only(body?.match(new RegExp(CORE_CALL, 'g')))?.match(CORE_CALL)?.[1];
  if (body === undefined || call === undefined) return undefined;
  const memory = only(body.match(/\bmemory\d+\b/g));
  const realloc = only(body.match(/\brealloc\d+\b/g));
  const postReturns = body.match(/\bpostReturn\d+\b/g);
  const postReturn = only(postReturns);
  const form = KNOWN.get(fingerprint(body, call));
  if (form === undefined || memory === undefined || realloc === undefined) return undefined;
  const exportOf = exportsBound(glue);
  const found = { call: exportOf(call), memory: exportOf(memory), realloc: exportOf(realloc) };
  if (found.call === undefined || found.memory === undefined || found.realloc === undefined) return undefined;
  const options = { ...form, call: found.call, memory: found.memory, realloc: found.realloc };
  if (postReturns === null) return options;
  const freeing = postReturn === undefined ? undefined : exportOf(postReturn);
  return freeing === undefined ? undefined : { ...options, postReturn: freeing };
}

/** The same for a transpiled component. A component that may suspend is called directly only if its imports need no task. */
export function directEntryOf(
  { files, glue }: Pick<CachedTranspiled, 'files' | 'glue'>,
  entry: string,
): DirectEntry | undefined {
  const found = directEntryIn(glue, entry);
  const inTask = !files.has(TASKLESS_FILE);
  return found === undefined || (found.waits && inTask) ? undefined : { ...found, inTask };
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
  return new RegExp(`^( *)(?:async )?function ${listed}\\(arg0\\) \\{\\n[^]*?\\n\\1\\}$`, 'm').exec(glue)?.[0];
}

/** The value, if all are equal. */
function only(found: readonly string[] | null | undefined): string | undefined {
  const distinct = new Set(found ?? []);
  return distinct.size === 1 ? [...distinct][0] : undefined;
}

/** Digest of a function, without white space, and without names and numbers that depend on other parts of the component. */
function fingerprint(body: string, call: string): string {
  const text = body
    .replaceAll(new RegExp(`\\b${call}\\b`, 'g'), 'CALL')
    .replace(/\b(memory|realloc|postReturn)\d+\b/g, '$1')
    .replace(/^ *((?:async )?function) \w+\(/, '$1 (')
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
      `^ *${variable} = (?:\\$boundary\\.allocator\\(|WebAssembly\\.promising\\()?(exports\\d+)(?:\\.(\\w+)|\\['([^']+)'\\])\\)?;$`,
      'gm',
    );
    const [first, ...others] = glue.matchAll(bound);
    const name = first?.[2] ?? first?.[3];
    const core = order.indexOf(first?.[1]);
    return name === undefined || core === -1 || others.length > 0 ? undefined : { core, name };
  };
}
