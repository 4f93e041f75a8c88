import type { ErrorPlace } from '../errors.ts';
import { examineComponent } from './component-file.ts';
import { type Limits, limitsIn, PAGE_BYTES } from './core/core-limits.ts';
import type { CoreKind } from './core-module.ts';
import { directEntryOf } from './glue/direct-entry.ts';
import { wellFormed } from './wasm-reader.ts';
import { contractsMet, type KnownContract } from './known-contract.ts';
import { producersOf } from './custom-sections.ts';
import { coreModulesOf, GLUE_FILE, type Provides } from './transpile/transpile-plan.ts';
import { transpileOnce } from './transpile/transpile-once.ts';
import { whyNotReset } from './why-not-reset.ts';
import { functionsIn, outsideOf } from './wit/outside-of.ts';
import { typeText, type WitType } from './wit/wit-type.ts';

export interface InspectOptions {
  /** Path of the .wasm file. */
  readonly source: string;
  /** The preferred first. */
  readonly contracts: readonly KnownContract[];
  readonly provides: Provides;
  /** The manifest key that grants an import: `allow.keyvalue`. `undefined`: it needs no grant, or there is none. */
  readonly grantFor: (importName: string) => string | undefined;
  readonly cacheDir: string;
}

/** What `sluice inspect` reports about a component. */
export interface Inspection {
  /** SHA-256 in hex. */
  readonly digest: string;
  readonly bytes: number;
  /** The kind of core module that Sluice makes a component of. Absent: the file is a component. */
  readonly core?: CoreKind;
  readonly imports: readonly InspectedImport[];
  readonly exports: readonly InspectedExport[];
  /** Tools that say they made it. */
  readonly producers: readonly string[];
  /** The contract through which it would be called. Absent: it meets none, so it can't run. */
  readonly contract?: string;
  /** The parts of an event that this contract can't carry. */
  readonly lacks?: string;
  /** The contract for events of a schedule, if that differs. */
  readonly tickContract?: string;
  /** All contracts that it meets. */
  readonly contracts: readonly string[];
  readonly suspends: boolean;
  /** How events would reach it: directly, or through the generated code. Absent: it meets no contract. */
  readonly callPath?: 'direct' | 'glue';
  /**
   * What `isolation = "fresh"` does between two events: reset the instance, unless it has called an import or grown its memory; or always
   * create a new one, for the reason given.
   */
  readonly fresh: { readonly way: 'reset' } | { readonly way: 'new'; readonly reason: string };
  /** The memories of one instance. */
  readonly memories: readonly InspectedMemory[];
  /** Size of the generated code in bytes. */
  readonly glueBytes: number;
}

export interface InspectedImport {
  readonly name: string;
  /** Whether Sluice provides it; else each call of it fails. */
  readonly known: boolean;
  /** The functions, with their types, of an import that is not provided. */
  readonly functions?: Readonly<Record<string, string>>;
  /** The manifest key that grants it. */
  readonly grant?: string;
}

export interface InspectedExport {
  readonly name: string;
  /** Its functions with their types: `func(event: event) -> result`. Empty if they are unknown. */
  readonly functions: Readonly<Record<string, string>>;
}

export interface InspectedMemory {
  /** Its initial size. */
  readonly minBytes: number;
  /** Its own maximum. Absent: only limits.memory applies. */
  readonly maxBytes?: number;
}

/** Describes a component without judging it. Rejects with SLU2001, SLU2002, SLU2008 or SLU2009 if it can't be read. */
export async function inspectComponent(options: InspectOptions, signal: AbortSignal): Promise<Inspection> {
  const { source, contracts, provides, grantFor, cacheDir } = options;
  const place: ErrorPlace = { file: source };
  const examined = await examineComponent(source, cacheDir, place, signal);
  const met = contractsMet(contracts, examined.outline, { kind: 'message' });
  const [first] = met;
  const [forTicks] = contractsMet(contracts, examined.outline, { kind: 'tick' });
  const entryFunction = first?.contract.functionOf(first.entry);
  const transpiled = await transpileOnce(examined, { provides, cacheDir, entryFunction }, place, signal);
  const outside = outsideOf(examined.bytes);
  const core = [...coreModulesOf(transpiled).values()];
  const reason = wellFormed(() => whyNotReset(transpiled, first?.contract), place);
  return {
    digest: examined.digest,
    bytes: examined.size,
    ...(examined.core !== undefined && { core: examined.core }),
    imports: transpiled.imports.map((name) => {
      const grant = grantFor(name);
      const known = provides(name) !== undefined;
      const functions = known ? {} : { functions: signaturesOf(name, outside.imports) };
      return { name, known, ...(grant !== undefined && { grant }), ...functions };
    }),
    exports: examined.outline.exports.map((name) => ({ name, functions: signaturesOf(name, outside.exports) })),
    producers: producersOf(examined.bytes),
    ...(first !== undefined && { contract: first.contract.name }),
    ...(first?.contract.lacks !== undefined && { lacks: first.contract.lacks }),
    ...(forTicks !== undefined && forTicks.entry !== first?.entry && { tickContract: forTicks.contract.name }),
    contracts: met.map(({ contract }) => contract.name),
    suspends: transpiled.suspends,
    ...(first !== undefined && { callPath: directEntryOf(transpiled, first.entry) ? 'direct' : 'glue' }),
    fresh: reason === undefined ? { way: 'reset' } : { way: 'new', reason },
    memories: core.flatMap(({ bytes, instances }) => {
      const own = wellFormed(() => limitsIn(bytes), place).filter(({ kind }) => kind === 'memory');
      return Array.from({ length: instances }, () => own.map(memoryOf)).flat();
    }),
    glueBytes: transpiled.files.get(GLUE_FILE)?.length ?? 0,
  };
}

function signaturesOf(name: string, types: ReadonlyMap<string, WitType>): Record<string, string> {
  const type = types.get(name);
  const functions = type === undefined ? [] : [...functionsIn(name, type)];
  return Object.fromEntries(functions.map(([each, type]) => [each, typeText(type)]));
}

function memoryOf({ min, max }: Limits): InspectedMemory {
  const minBytes = Number(min) * PAGE_BYTES;
  return max === undefined ? { minBytes } : { minBytes, maxBytes: Number(max) * PAGE_BYTES };
}
