import { type ErrorPlace, SluiceError } from '../../errors.ts';
import { type Limits, limitsIn, PAGE_BYTES, withMaximums } from './core-limits.ts';

/** A core module, and how often one instance of its component instantiates it. */
export interface CoreModule {
  readonly bytes: Uint8Array;
  readonly instances: number;
}

/** Every limit allows this many table entries, as many as large interpreters have. */
const LEAST_TABLE_ENTRIES = 65_536;
/** Larger limits allow one table entry per this many bytes: V8 uses about 16 bytes per entry, so tables add at most a quarter to the limit. */
const BYTES_PER_TABLE_ENTRY = 64;

/**
 * Rewrites the maximum of every memory, so that one instance of the component never holds more than `limitBytes` (rounded down to pages of 64 KiB):
 * memory.grow returns -1 at the cap. Several memories share the limit: each gets its initial size and an equal share of the rest. Tables, which V8
 * keeps outside of memories, are bounded in the same way. Throws SLU2005 if the initial sizes exceed the limit.
 */
export function withinLimit(
  modules: ReadonlyMap<string, CoreModule>,
  limitBytes: number,
  place: ErrorPlace,
): ReadonlyMap<string, Uint8Array<ArrayBuffer>> {
  const limits = new Map([...modules].map(([name, { bytes }]) => [name, limitsIn(bytes)]));
  const claims: readonly Claim[] = [...modules].flatMap(([name, { instances }]) =>
    (limits.get(name) ?? []).map((limits) => ({ limits, instances })),
  );
  const memories = claims.filter(({ limits }) => limits.kind === 'memory');
  const tables = claims.filter(({ limits }) => limits.kind === 'table');

  const pages = allot(memories, BigInt(Math.floor(limitBytes / PAGE_BYTES)));
  if (pages === undefined) throw tooSmall(limitBytes, Number(minimumOf(memories)) * PAGE_BYTES, '', place);
  const entriesAdmitted = Math.max(LEAST_TABLE_ENTRIES, Math.floor(limitBytes / BYTES_PER_TABLE_ENTRY));
  const entries = allot(tables, BigInt(entriesAdmitted));
  if (entries === undefined) {
    const count = Number(minimumOf(tables));
    throw tooSmall(limitBytes, count * BYTES_PER_TABLE_ENTRY, ` for its tables of ${count} entries`, place);
  }

  const maximums = new Map([...pages, ...entries]);
  return new Map(
    [...modules].map(([name, { bytes }]) => [name, withMaximums(bytes, limits.get(name) ?? [], maximums)]),
  );
}

function tooSmall(limitBytes: number, neededBytes: number, what: string, place: ErrorPlace): SluiceError {
  const size = (bytes: number): string =>
    bytes % 2 ** 20 === 0 ? `${bytes / 2 ** 20}MiB` : `${Math.ceil(bytes / 1024)}KiB`;
  return new SluiceError(
    'SLU2005',
    `limits.memory is ${size(limitBytes)}, and the component starts with ${size(neededBytes)}${what}`,
    {
      place,
      fix: `give it room to grow as well: limits = { memory = "${Math.ceil((neededBytes * 2) / 2 ** 20)}MiB" }`,
    },
  );
}

/** A memory or table, and how often one instance of the component has it. */
interface Claim {
  readonly limits: Limits;
  readonly instances: number;
}

/**
 * A maximum for each claim, so that together they stay within `budget`: each gets its minimum and an equal share of the rest. Claims that can't use
 * their share leave it to the others. `undefined` if the minimums alone exceed the budget.
 */
export function allot(claims: readonly Claim[], budget: bigint): ReadonlyMap<Limits, bigint> | undefined {
  let left = budget - minimumOf(claims);
  if (left < 0n) return undefined;
  let sharers = claims.reduce((sum, { instances }) => sum + BigInt(instances), 0n);
  const room = ({ limits: { min, reach } }: Claim): bigint => reach - min;
  const maximums = new Map<Limits, bigint>();
  // Those with the least room first: the rest of their share is then left for the others.
  for (const claim of claims.toSorted((a, b) => (room(a) < room(b) ? -1 : 1))) {
    const instances = BigInt(claim.instances);
    const share = instances === 0n ? 0n : left / sharers;
    const more = room(claim) < share ? room(claim) : share;
    maximums.set(claim.limits, claim.limits.min + more);
    left -= more * instances;
    sharers -= instances;
  }
  return maximums;
}

/** The sum of the claims' minimums. */
function minimumOf(claims: readonly Claim[]): bigint {
  return claims.reduce((sum, { limits, instances }) => sum + limits.min * BigInt(instances), 0n);
}
