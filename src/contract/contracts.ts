import type { Contract } from './contract.ts';
import { sluiceEvent } from './sluice-event.ts';
import { sluiceEventBatch } from './sluice-event-batch.ts';

/** Every contract that Sluice knows, the richest first: see contractsMet for which of several is used. */
export const contracts: readonly Contract[] = [sluiceEventBatch, sluiceEvent];

/** The contract of that name; a TypeError when there is none, since names come from `Component.contract`. */
export function contractNamed(name: string): Contract {
  const found = contracts.find((contract) => contract.name === name);
  if (found === undefined) throw new TypeError(`no contract is named ${name}`);
  return found;
}
