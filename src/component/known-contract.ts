import type { EventKind } from '../event.ts';

/** The parts of a contract that loading needs. Contract in src/contract/contract.ts satisfies it. */
export interface KnownContract {
  /** `sluice:event/handler`. */
  readonly name: string;
  /** The kind of events that it was made for, if any. */
  readonly madeFor?: EventKind;
  /** It lends resources to its guest. */
  readonly lends?: true;
  /** The parts of an event that it can't carry. */
  readonly lacks?: string;
  /**
   * The export that it calls, or `undefined` when there is none. `imports` includes interfaces that hold only types: an exported function has no
   * version, and its types identify it.
   */
  entry(exports: readonly string[], imports: readonly string[]): string | undefined;
  /** The function in `entry`: `sluice:event/handler@0.1.0#handle`. */
  functionOf(entry: string): string;
}

/** A contract, and the component's export for it. */
export interface ContractMatch {
  readonly contract: KnownContract;
  readonly entry: string;
}

/** The criteria for choosing between several contracts. */
export interface ContractWish {
  /** The name of a contract, or of an export with its version. Only this one is used. */
  readonly contract?: string | undefined;
  /** Contracts made for these events come first. */
  readonly kind?: EventKind | undefined;
}

/**
 * All contracts that a component meets, the one to use first. Exporting an interface does not mean handling events through it, so the
 * manifest's choice comes first, then contracts that were made for these events, then the order of `contracts`. Empty: it meets none, or not
 * the one that the manifest names.
 */
export function contractsMet(
  contracts: readonly KnownContract[],
  { exports, imports }: { readonly exports: readonly string[]; readonly imports: readonly string[] },
  { contract: wanted, kind }: ContractWish = {},
): ContractMatch[] {
  const met = contracts.flatMap((contract) => {
    const entry = contract.entry(exports, imports);
    return entry === undefined ? [] : [{ contract, entry }];
  });
  const isFirst = ({ contract, entry }: ContractMatch): boolean =>
    wanted === undefined ? contract.madeFor === kind : contract.name === wanted || entry === wanted;
  const first = met.filter(isFirst);
  if (wanted !== undefined && first.length === 0) return [];
  return [...first, ...met.filter((match) => !isFirst(match))];
}
