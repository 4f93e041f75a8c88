import type { Trigger } from '../../trigger.ts';
import type { Rig } from '../subject.ts';
import { MemorySource } from './memory-source.ts';
import { MemoryTrigger } from './memory-trigger.ts';

/** Tries a trigger on a broker in memory. */
export class MemoryRig extends MemorySource implements Rig {
  async openTrigger(): Promise<Trigger> {
    this.open += 1;
    return new MemoryTrigger(this);
  }
}

/** The same broker, where settlements are noted at once and confirmed as its time goes on. */
export class LaterMemoryRig extends MemoryRig {
  override get later(): boolean {
    return true;
  }
}
