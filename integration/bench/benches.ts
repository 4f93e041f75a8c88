import { call } from './call.bench.ts';
import { commands } from './commands.bench.ts';
import type { Bench } from './figure.ts';
import { fresh } from './fresh.bench.ts';
import { hosts } from './hosts.bench.ts';
import { kafka } from './kafka.bench.ts';
import { lanes } from './lanes.bench.ts';
import { latency } from './latency.bench.ts';
import { loadMemory } from './load-memory.bench.ts';
import { memory } from './memory.bench.ts';
import { jetstream, natsCore } from './nats.bench.ts';
import { queue } from './queue.bench.ts';
import { scale } from './scale.bench.ts';
import { start } from './start.bench.ts';
import { threads } from './threads.bench.ts';
import { traced } from './traced.bench.ts';
import { typescript } from './typescript.bench.ts';

/** In the order in which they are run and printed. */
export const benches: readonly Bench[] = [
  call,
  queue,
  lanes,
  traced,
  threads,
  typescript,
  hosts,
  latency,
  start,
  commands,
  memory,
  loadMemory,
  fresh,
  natsCore,
  jetstream,
  kafka,
  scale,
];
