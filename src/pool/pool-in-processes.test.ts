import { useHost } from './testing/guest-pool.ts';

// All that is claimed of pools is true of those whose guests run in child processes: the same tests once more. The short form leaves out
// what does not depend on how a host ends.

useHost('process');
await import('./pool-batches.test.ts');
await import('./pool-blame.test.ts');
await import('./pool-chains.test.ts');
await import('./pool-closing.test.ts');
await import('./pool-logs.test.ts');
await import('./pool-suspending.test.ts');
if (process.env['SLUICE_LONG'] !== undefined) {
  await import('./pool.test.ts');
  await import('./pool-traps.test.ts');
  await import('./replaceable-pool.test.ts');
}
