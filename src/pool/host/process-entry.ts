import { Socket } from 'node:net';
import { reasonOf } from '../../errors.ts';
import { EventBatch } from '../wire/event-batch.ts';
import { monotonicMs } from '../wire/monotonic.ts';
import type { FromThread } from '../wire/thread-messages.ts';
import { frameOf, FrameReader, type FromChild, type ProcessStart, type ToChild } from './process-messages.ts';
import { STUCK_MS, ThreadHost } from './thread-host.ts';

// The entry of a pool's child process: guests run in a worker thread of it, as they would in Sluice itself. This thread runs none, so it
// always hears its parent: it passes messages on, watches deadlines, and has the last words of a thread that is ended.

/** The socket to the parent. */
const PARENT_FD = 3;
/** A frame of the parent is never refused: more than lengths can say. */
const ANY_BYTES = 2 ** 33;
/** How often to look while a guest runs, and while calls are only suspended or there are none. */
const LOOK_MS = 10;
const LOOK_SELDOM_MS = 250;
/** How long the thread has to end by itself, so that its last words are complete. */
const END_MS = 100;

const parent = new Socket({ fd: PARENT_FD, readable: true, writable: true });
const frames = new FrameReader(ANY_BYTES);
let thread: ThreadHost | undefined;
let busyUntilMs = 0;
/** The first of the calls that the last look found past their deadline; 0 for none. */
let late = 0;
let saidLast = false;

// Without its parent it ends, whatever its guest does.
parent.on('close', die);
parent.on('error', die);
parent.on('end', die);
parent.on('data', (chunk: Buffer) => {
  for (const { head, body } of frames.read(chunk)) hear(head as ToChild, body);
});
// Ctrl-C reaches every process of a terminal; the parent decides.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

function hear(message: ToChild, body: ArrayBuffer): void {
  switch (message.kind) {
    case 'start':
      void begin(message.start).catch((thrown: unknown) => tell({ kind: 'unfit', reason: reasonOf(thrown) }));
      return;
    case 'events':
      busyUntilMs = monotonicMs() + new EventBatch(body).timeoutMs(0) + 1000;
      watch();
      thread?.give({ buffer: body });
      return;
    case 'heard':
      thread?.heard(message.bytes);
      return;
    case 'revoke':
      thread?.revoke((lastBegun) => tell({ kind: 'revoked', lastBegun }));
      return;
    case 'end':
      thread?.end();
      setTimeout(() => last(undefined), END_MS);
      return;
    case 'reply':
    case 'refusal':
      thread?.answer(message);
  }
}

async function begin(start: ProcessStart): Promise<void> {
  const { wasm, component, ...others } = start;
  const compiling = [...wasm].map(async ([name, bytes]) => [name, await WebAssembly.compile(bytes.slice())] as const);
  const modules = new Map(await Promise.all(compiling));
  thread = new ThreadHost(
    { ...others, component: { ...component, modules } },
    { heard, grewOverBudget: () => {}, ended: ({ thrown }) => last(thrown) },
    {
      execArgv: process.execArgv.filter((option) => option === '--permission' || option.startsWith('--allow-fs')),
    },
  );
}

function heard(message: FromThread): void {
  if (message.kind !== 'report') {
    tell(message);
    return;
  }
  const { outcomes, spare: _spare, ...report } = message;
  tell(report, new Uint8Array(outcomes));
}

/** Sends the last message. */
function last(thrown: unknown): void {
  if (saidLast || thread === undefined) return;
  saidLast = true;
  const { running, outcomes, logs } = thread.lastWords();
  const outOfHeap = thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_WORKER_OUT_OF_MEMORY';
  const why = thrown === undefined ? undefined : { reason: reasonOf(thrown), outOfHeap };
  tell({ kind: 'last', running, logs, thrown: why }, outcomes && Buffer.from(new Uint8Array(outcomes)));
}

function tell(message: FromChild, body?: Uint8Array): void {
  parent.cork();
  for (const chunk of frameOf(message, body)) parent.write(chunk);
  parent.uncork();
}

let looking: NodeJS.Timeout | undefined;

function watch(): void {
  clearTimeout(looking);
  looking = setTimeout(look, LOOK_MS);
}

function look(): void {
  const nowMs = monotonicMs();
  const running = thread?.running(nowMs);
  const overdue = running !== undefined && running.leftMs < 0 ? running.first : 0;
  // It may be on its way back at the first look.
  if (overdue !== 0 && overdue === late) tell({ kind: 'overdue', first: overdue });
  late = overdue;
  if (running !== undefined && running.heldMs > STUCK_MS) tell({ kind: 'stuck' });
  looking = setTimeout(look, running !== undefined || nowMs < busyUntilMs ? LOOK_MS : LOOK_SELDOM_MS);
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}
