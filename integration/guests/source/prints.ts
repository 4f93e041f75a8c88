import { completed, Event, utf8 } from './guest';
import { dropStream, getStderr, getStdout, writeAndFlush } from './host';

/** Prints `out: DATA` on stdout and `err: DATA` on stderr, a line each. */
export function handle(event: Event): usize {
  print(getStdout(), `out: ${event.text}\n`);
  print(getStderr(), `err: ${event.text}\n`);
  return completed();
}

function print(stream: i32, line: string): void {
  const bytes = utf8(line);
  writeAndFlush(stream, changetype<usize>(bytes), bytes.byteLength, heap.alloc(12));
  dropStream(stream);
}
