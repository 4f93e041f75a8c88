import { completedWith, Event, message } from './guest';

const SIZE: usize = 100 << 20;

/** Answers with one message of 100 MiB. */
export function handle(event: Event): usize {
  return completedWith(message('out', heap.alloc(SIZE), SIZE));
}
