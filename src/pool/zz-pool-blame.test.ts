import { useHost } from './testing/guest-pool.ts';
useHost('process');
await import('./pool-blame.test.ts');
