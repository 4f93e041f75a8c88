import { MemoryBroker, type MemoryStore } from '../../../src/trigger/conformance/index.ts';
import type { CronTrigger } from '../trigger.ts';
import { openCron, type Replica, sharedStateFile } from './cron-rig.ts';
import { SimulatedTime } from './simulated-time.ts';

/**
 * Replicas in processes of their own, each with its clock: on one machine they share a state file, to which each has a connection; on
 * several each has a state file, and they share a store.
 */
export class Replicas extends AsyncDisposableStack {
  readonly time = new SimulatedTime('2026-06-01T10:00:30Z');
  readonly broker: MemoryBroker | undefined;
  /** The processes that are known to have ended. */
  readonly ended = new Set<string>();
  readonly #oneFile = sharedStateFile(this);

  constructor(share: 'a state file' | 'a store') {
    super();
    this.broker = share === 'a store' ? new MemoryBroker() : undefined;
  }

  /** A process whose clock is `aheadMs` ahead. */
  start(self: string, aheadMs = 0): Replica & { readonly store?: MemoryStore } {
    const owners = { self, gone: (owner: string) => this.ended.has(owner) };
    const about = { clock: this.time.clock(aheadMs), owners };
    if (this.broker === undefined) return { ...about, state: this.#oneFile() };
    return { ...about, state: sharedStateFile(this)(), store: this.broker.connect() };
  }

  async open(options: object, replica: Replica): Promise<CronTrigger> {
    return this.use(await openCron(options, replica));
  }
}
