import { useHost } from './testing/guest-pool.ts';
useHost('process');
await import('./pool-suspending.test.ts');
