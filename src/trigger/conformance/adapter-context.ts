import { systemClock } from '../../clock.ts';
import { silentLogger } from '../../logger.ts';
import type { StateFile } from '../../state/state-file.ts';
import type { AdapterContext } from '../adapter.ts';

/** What an adapter is opened with in a test: 256 permits, 5 attempts, calls of up to 5 s, the system's clock, no log. */
export function adapterContext(state: StateFile, overrides: Partial<AdapterContext> = {}): AdapterContext {
  return {
    name: 'conformance',
    concurrency: 256,
    deadlineMs: 5000,
    attempts: 5,
    clock: systemClock,
    log: silentLogger,
    ...overrides,
    state,
  };
}
