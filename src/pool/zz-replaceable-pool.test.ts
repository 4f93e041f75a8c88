import { useHost } from './testing/guest-pool.ts';
useHost('process');
await import('./replaceable-pool.test.ts');
