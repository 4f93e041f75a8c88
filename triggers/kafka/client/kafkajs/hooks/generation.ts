import { AsyncLocalStorage } from 'node:async_hooks';
import { SluiceError } from '#trigger';
import { type PartitionAssigner, PartitionAssigners } from 'kafkajs';
import { internalModule } from './internals.ts';

/** The object of kafkajs with the offsets of one generation. The next generation has a new one. */
interface OffsetManager {
  commitOffsets?: (this: OffsetManager, offsets?: object) => Promise<void>;
}

/** A commit, including its retries. */
interface Commit {
  /** The generation of its first try. */
  manager?: OffsetManager;
}

const commits = new AsyncLocalStorage<Commit>();

let installed = false;

/**
 * Keeps a commit within its generation. kafkajs retries a failed commit in the generation that is current by then, in which another member may own
 * the partitions and be further on.
 *
 * @throws SLU3401 if kafkajs is not built as expected.
 */
export function installCommitHook(): void {
  if (installed) return;
  const prototype = (internalModule('src/consumer/offsetManager/index.js') as { prototype?: OffsetManager }).prototype;
  const original = prototype?.commitOffsets;
  if (prototype === undefined || typeof original !== 'function') {
    throw new SluiceError('SLU3401', 'kafkajs does not keep offsets as expected');
  }
  prototype.commitOffsets = async function (this: OffsetManager, offsets) {
    const commit = commits.getStore();
    if (commit !== undefined) {
      commit.manager ??= this;
      if (commit.manager !== this) throw new GenerationEnded('the generation of the commit is over');
    }
    await original.call(this, offsets);
  };
  installed = true;
}

/** Retries as often as kafkajs does, but not after the generation has ended. */
export function withinGeneration<T>(commit: () => Promise<T>): Promise<T> {
  return commits.run({}, commit);
}

/** In the form of the library's errors of brokers: it stops retrying at one that is not retriable. */
class GenerationEnded extends Error {
  readonly retriable = false;
  readonly type = 'ILLEGAL_GENERATION';
}

/**
 * The library's round robin, which calls `rejoining` when it joins a new generation: the last moment of the old one. Some causes of a rebalance show
 * nowhere else (new partitions, a moved leader).
 */
export function tellingAssigner(rejoining: () => void): PartitionAssigner {
  return (config) => {
    const assigner = PartitionAssigners.roundRobin(config);
    return {
      ...assigner,
      protocol: (subscription) => {
        rejoining();
        return assigner.protocol(subscription);
      },
    };
  };
}
