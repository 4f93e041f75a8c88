export { adapterContext } from './subject.ts';
export { conformance, type TestFunction } from './conformance.ts';
export { MemoryBroker, MemoryStore } from './memory-store.ts';
export { ManualClock } from './manual-clock.ts';
export type { Ability, Rig, Subject } from './subject.ts';
