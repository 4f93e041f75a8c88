import { call } from './call.bench.ts';
import type { Bench } from './figure.ts';
import { fresh } from './fresh.bench.ts';
import { kafka } from './kafka.bench.ts';
import { latency } from './latency.bench.ts';
import { memory } from './memory.bench.ts';
import { hosts } from './hosts.bench.ts';
import { jetstream, natsCore } from './nats.bench.ts';
import { queue } from './queue.bench.ts';
import { scale } from './scale.bench.ts';
import { start } from './start.bench.ts';
import { threads } from './threads.bench.ts';
import { traced } from './traced.bench.ts';

/** In the order in which they are run and printed. */
export const benches: readonly Bench[] = [
  call,
  queue,
  traced,
  threads,
  hosts,
  latency,
  start,
  memory,
  fresh,
  scale,
  natsCore,
  jetstream,
  kafka,
];
