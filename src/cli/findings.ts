import type { SluiceError } from '../errors.ts';

/** One thing that was found to be in order: `component enrich: sluice:event/handler@0.1.0`. */
export interface Checked {
  readonly kind: 'component' | 'trigger' | 'output' | 'store';
  readonly name: string;
  readonly detail: string;
}

/** What a check found, as far as it came. */
export interface Findings {
  readonly fine: readonly Checked[];
  readonly errors: readonly SluiceError[];
}
