import { LONGEST_NAME, shortened } from '../bounded-text.ts';
import { type ErrorPlace, SluiceError } from '../errors.ts';
import type { EventKind } from '../event.ts';
import type { Logger } from '../logger.ts';
import type { Component } from './component.ts';
import { examineComponent } from './component-file.ts';
import { directEntryOf } from './glue/direct-entry.ts';
import { contractsMet, type ContractWish, type KnownContract } from './known-contract.ts';
import { withinLimit } from './core/memory-limit.ts';
import { wellFormed } from './wasm-reader.ts';
import { stubsFor } from './stubs.ts';
import { coreModulesOf, type Provides, TASKLESS_FILE } from './transpile/transpile-plan.ts';
import { whyNotReset } from './why-not-reset.ts';
import { transpileOnce } from './transpile/transpile-once.ts';

/** How events reach a component: directly where that is possible, or always through generated code. */
export type CallPath = 'auto' | 'glue';

export interface LoadOptions extends ContractWish {
  /** Its name in the manifest. */
  readonly name: string;
  /** Path of the .wasm file. */
  readonly source: string;
  /** The preferred first: see contractsMet. */
  readonly contracts: readonly KnownContract[];
  readonly provides: Provides;
  /** Whether an import that is not provided is an error, rather than a stub that fails when it is called. Default false. */
  readonly strictImports?: boolean;
  /** A folder that only Sluice uses, for transpiled components; created if missing. */
  readonly cacheDir: string;
  /** Limit of one instance's memories, in bytes: at least 64 KiB, rounded down to pages of 64 KiB. */
  readonly memoryBytes: number;
  /** Whether `Component.wasm` is wanted. Default false. */
  readonly keepWasm?: boolean;
  /** `glue`: events always reach it through the generated code. Default: `auto`. */
  readonly callPath?: CallPath;
  readonly log: Logger;
}

/**
 * Loads a component, and checks everything about it that can be checked without an instance. Takes milliseconds if it was transpiled before;
 * otherwise 0.3 to 2 s, in a child process. Rejects with SLU2001 to SLU2005, SLU2008 to SLU2010, or with the signal's reason.
 */
export async function loadComponent(options: LoadOptions, signal: AbortSignal): Promise<Component> {
  const { name, source, contracts, provides, cacheDir, memoryBytes, callPath, log } = options;
  const { contract: wanted, kind = 'message' } = options;
  const place: ErrorPlace = { component: name, file: source };
  const examined = await examineComponent(source, cacheDir, place, signal);
  const { exports } = examined.outline;

  const metFor = (kind: EventKind) => contractsMet(contracts, examined.outline, { contract: wanted, kind });
  const [met, ...others] = metFor(kind);
  if (met === undefined) throw noContract(exports, contracts, wanted, place);
  const unused = others.map(({ entry }) => entry);

  const entryFunction = met.contract.functionOf(met.entry);
  const transpiled = await transpileOnce(examined, { provides, cacheDir, entryFunction }, place, signal);
  const unknown = transpiled.imports.filter((each) => provides(each) === undefined);
  if (options.strictImports === true) checkStrictly(transpiled.imports, provides, place);
  if (unknown.length > 0)
    log.warn({ component: name, imports: shownNames(unknown) }, 'these imports are not provided; calls of them fail');

  const direct = callPath === 'glue' ? undefined : directEntryOf(transpiled, met.entry);
  const resettable = wellFormed(() => whyNotReset(transpiled, met.contract), place) === undefined;
  const limited = wellFormed(() => withinLimit(coreModulesOf(transpiled), memoryBytes, place), place);
  const path = direct === undefined ? 'glue' : 'direct';
  log.info({ component: name, contract: met.contract.name, entry: met.entry, unused, path }, 'component loaded');
  const modules = await compile(limited);
  const entryFor = (kind: EventKind): string => metFor(kind)[0]?.entry ?? met.entry;
  return {
    name,
    digest: examined.digest,
    bytes: examined.size,
    imports: transpiled.imports,
    stubs: stubsFor(examined.bytes, unknown),
    exports,
    contract: met.contract.name,
    entry: met.entry,
    entries: { message: entryFor('message'), tick: entryFor('tick') },
    unused,
    suspends: transpiled.suspends,
    glue: direct === undefined || direct.inTask ? transpiled.glue : textOf(transpiled.files.get(TASKLESS_FILE)),
    ...(direct !== undefined && { direct }),
    plain: direct !== undefined && isPlain(modules, transpiled.instances),
    resettable,
    modules,
    ...(options.keepWasm === true && { wasm: limited }),
    memoryBytes,
  };
}

function textOf(bytes: Uint8Array = new Uint8Array()): string {
  return new TextDecoder().decode(bytes);
}

async function compile(modules: ReadonlyMap<string, BufferSource>): Promise<ReadonlyMap<string, WebAssembly.Module>> {
  const compiled = [...modules].map(async ([name, bytes]) => [name, await WebAssembly.compile(bytes)] as const);
  return new Map(await Promise.all(compiled));
}

/** Generated code serves only to provide imports and to link several core modules. */
function isPlain(modules: Component['modules'], instances: Readonly<Record<string, number>>): boolean {
  const [only, ...others] = modules;
  if (only === undefined || others.length > 0) return false;
  const [name, module] = only;
  return instances[name] === 1 && WebAssembly.Module.imports(module).length === 0;
}

function noContract(
  exports: readonly string[],
  contracts: readonly KnownContract[],
  named: string | undefined,
  place: ErrorPlace,
): SluiceError {
  const found = exports.length === 0 ? 'nothing' : exports.join(', ');
  if (named !== undefined) {
    return new SluiceError('SLU2003', `wanted a component that exports ${named}, and it exports ${found}`, {
      place,
      fix: 'name one of its exports in `contract`, or leave `contract` out; `sluice inspect FILE` lists those that can be used',
    });
  }
  const wanted = contracts.map((contract) => contract.name).join(' or ');
  return new SluiceError('SLU2003', `wanted a component that exports ${wanted}, and it exports ${found}`, {
    place,
    fix: 'build it for a world that exports one, such as component in wit/event.wit',
  });
}

/** Rejects imports whose every call would fail. */
function checkStrictly(imports: readonly string[], provides: Provides, place: ErrorPlace): void {
  const unknown = imports.filter((each) => provides(each) === undefined);
  if (unknown.length > 0) throw unknownImports(unknown, place);
  for (const each of imports) {
    const { withheld } = provides(each) ?? {};
    if (withheld === undefined) continue;
    throw new SluiceError(
      'SLU2004',
      `the component imports ${shortened(each, LONGEST_NAME)}, which needs ${withheld}`,
      {
        place,
        fix: `grant it in the component's table: ${withheld}. Or leave strict_imports out: its calls then fail`,
      },
    );
  }
}

function unknownImports(unknown: readonly string[], place: ErrorPlace): SluiceError {
  return new SluiceError(
    'SLU2004',
    `the component imports what Sluice does not provide: ${shownNames(unknown).join(', ')}`,
    {
      place,
      fix: 'leave strict_imports out: they then fail only when they are called. Or build it without them, or link them in: wac plug COMPONENT --plug PROVIDER -o OUT.wasm',
    },
  );
}

/** The most names in one message: SDKs import whole platforms. */
const MOST_SHOWN = 20;

/** Names of imports as messages show them. They are the component's own text, so long lists and long names are cut. */
export function shownNames(names: readonly string[]): string[] {
  const first = names.slice(0, MOST_SHOWN).map((name) => shortened(name, LONGEST_NAME));
  return names.length <= MOST_SHOWN ? first : [...first, `and ${names.length - MOST_SHOWN} more`];
}
