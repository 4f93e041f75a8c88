/** What stops a guest, as it stands in the sources: without it, a case of `cases.ts` that names it must fail. */
export interface Guard {
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  /** The exact text of the guard: it stands there once. */
  readonly find: string;
  /** What takes its place, so that the guard is gone and everything else works. */
  readonly without: string;
}

export const guards: readonly Guard[] = [
  {
    name: 'memory maximums',
    file: 'src/component/memory-limit.ts',
    find: 'withMaximums(bytes, limits.get(name) ?? [], maximums)',
    without:
      'withMaximums(bytes, limits.get(name) ?? [], new Map([...maximums].map(([limits]) => [limits, limits.reach])))',
  },
  {
    name: 'watchdog',
    file: 'src/pool/thread.ts',
    find: 'overdue: (number) => this.#end(overdue(number)),',
    without: 'overdue: () => {},',
  },
];
