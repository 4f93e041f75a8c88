import { type PartitionAssigner, PartitionAssigners } from 'kafkajs';

/**
 * The library's round robin, which tells when it is asked to take part in a new generation: the last moment of the old one. Not every way
 * to a rebalance is told otherwise (new partitions, a moved leader).
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
