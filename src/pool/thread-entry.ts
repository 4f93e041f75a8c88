import { resolveOwnModules } from '../own-modules.ts';

// The entry of a thread.
resolveOwnModules();
await import('./worker.ts');
