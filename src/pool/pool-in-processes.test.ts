import { useHost } from './testing/guest-pool.ts';

// All that is claimed of pools is true of those whose guests run in child processes: the same tests once more.

useHost('process');
await import('./pool.test.ts');
await import('./pool-batches.test.ts');
await import('./pool-blame.test.ts');
await import('./pool-closing.test.ts');
await import('./pool-logs.test.ts');
await import('./pool-suspending.test.ts');
await import('./pool-traps.test.ts');
await import('./replaceable-pool.test.ts');
