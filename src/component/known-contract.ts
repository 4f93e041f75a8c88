/** What loading must know of a contract: see Contract in src/contract/contract.ts, which is one. */
export interface KnownContract {
  /** `sluice:event/handler`. */
  readonly name: string;
  /** The export that it calls, or `undefined` when there is none. */
  entry(exports: readonly string[]): string | undefined;
  /** The function in `entry`: `sluice:event/handler@0.1.0#handle`. */
  functionOf(entry: string): string;
}

/** A contract, and the export through which it is met. */
export interface ContractMatch {
  readonly contract: KnownContract;
  readonly entry: string;
}

/** All contracts that the exports meet, in the order of `contracts`. */
export function contractsMet(contracts: readonly KnownContract[], exports: readonly string[]): ContractMatch[] {
  return contracts.flatMap((contract) => {
    const entry = contract.entry(exports);
    return entry === undefined ? [] : [{ contract, entry }];
  });
}
