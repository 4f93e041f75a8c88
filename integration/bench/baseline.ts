import { join } from 'node:path';
import type { Figures } from './figure.ts';

/** The figures of a quiet machine that later runs are compared with, and that the tables are made from. */
export const BASELINE = join(import.meta.dirname, 'baseline.json');

/** What a run of the benches writes. */
export interface Measured {
  readonly node: string;
  readonly machine: string;
  /** Such as 2026-11-29. */
  readonly date: string;
  /** Whether with a quarter of the events. */
  readonly quick: boolean;
  readonly figures: Figures;
}
