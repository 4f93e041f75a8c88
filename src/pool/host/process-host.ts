import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { capabilities } from '../../capability/capabilities.ts';
import { reasonOf } from '../../errors.ts';
import type { ServiceAnswer } from '../wire/thread-messages.ts';
import { residentBytes, spawnChild } from './child-process.ts';
import { checkedLast, checkedReason, checkedReport, checkedRequest, isNumber } from './checked.ts';
import type { Host, HostListener, HostStart, LastWords } from './host.ts';
import { type Frame, frameOf, FrameReader, type FromChild, type ToChild } from './process-messages.ts';

/** How often to look at how much it holds, while it has calls. */
const LOOK_MS = 50;
/** How long it has to send its last words before it is killed. */
const LAST_WORDS_MS = 300;
/** Requests of a child that may be open at once; others wait. */
const MOST_REQUESTS = 256;
/** Requests that wait for something outside (`Capability.waitsOutside`): their services limit them, so our own code never sends more. */
const MOST_OUTSIDE_REQUESTS = 4096;
/** How much a child may leave unread before its requests are not read any more. */
const MOST_UNREAD_BYTES = 16 * 2 ** 20;
/** Beside the answer of one call: a ledger of outcomes, log lines, the arguments of a request. */
const FRAME_BYTES = 64 * 2 ** 20;
/** V8 writes there why it aborted. */
const MOST_STDERR = 4096;

const waitingOutside: ReadonlySet<string> = new Set(
  capabilities.filter(({ waitsOutside }) => waitsOutside === true).map(({ name }) => name),
);

const NOTHING: LastWords = { running: undefined, outcomes: undefined, logs: [] };

export interface ProcessHostOptions {
  /** What the process may hold in memory. */
  readonly budgetBytes: number;
  readonly busy: () => boolean;
}

/**
 * A child process with one worker thread, which can be killed whatever its guest does, and ends alone when V8 gives up. Its messages are
 * checked as those of a stranger: a guest that got out of V8 could send anything.
 */
export class ProcessHost implements Host {
  readonly ownBytes = 0;
  readonly #child: ChildProcess;
  readonly #socket: Duplex;
  readonly #frames: FrameReader;
  readonly #listener: HostListener;
  readonly #options: ProcessHostOptions;
  readonly #outputBytes: number;
  readonly #revoking: ((lastBegun: number) => void)[] = [];
  #revocations = 0;
  #requests = 0;
  /** By their numbers. */
  readonly #outside = new Set<number>();
  #stuck = false;
  #stderr = '';
  #last: LastWords = NOTHING;
  #thrown: unknown;
  #ending: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;

  /** Throws when no process can be started, for want of memory or descriptors. */
  constructor(start: HostStart, options: ProcessHostOptions, listener: HostListener) {
    this.#listener = listener;
    this.#options = options;
    this.#outputBytes = start.outputBytes;
    this.#frames = new FrameReader(FRAME_BYTES + 2 * start.outputBytes);
    const { child, socket, start: sent } = spawnChild(start);
    this.#child = child;
    this.#socket = socket;
    this.#socket.on('error', () => {}); // its end follows
    this.#socket.on('drain', () => this.#readOn());
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#child.stderr?.on('data', (text) => (this.#stderr = `${this.#stderr}${String(text)}`.slice(0, MOST_STDERR)));
    this.#child.on('error', (thrown) => this.#ended(thrown));
    this.#socket.on('close', () => this.#kill());
    // All its messages are read by then.
    this.#child.on('close', (code, signal) =>
      this.#ended(this.#thrown ?? this.#deathOf(signal ?? `exit code ${code}`)),
    );
    this.#tell({ kind: 'start', start: sent });
  }

  give({ buffer, bytes }: { readonly buffer: ArrayBuffer; readonly bytes: number }): void {
    this.#tell({ kind: 'events' }, new Uint8Array(buffer, 0, bytes));
    this.#looking ??= setInterval(() => this.#look(), LOOK_MS);
  }

  heard(bytes: number): void {
    this.#tell({ kind: 'heard', bytes });
  }

  answer(message: ServiceAnswer): void {
    this.#tell(message);
    if (!this.#outside.delete(message.request)) this.#requests -= 1;
    this.#readOn();
  }

  get revocations(): number {
    return this.#revocations;
  }

  revoke(then: (lastBegun: number) => void): void {
    this.#revocations += 1;
    this.#revoking.push(then);
    this.#tell({ kind: 'revoke' });
  }

  /** The child looks itself, and reports when a deadline has passed. */
  running(): undefined {
    return undefined;
  }

  get stuck(): boolean {
    return this.#stuck;
  }

  /** It may report what its thread could not, and is killed. */
  end(): void {
    if (this.#ending !== undefined) return;
    this.#ending = setTimeout(() => this.#kill(), LAST_WORDS_MS);
    this.#tell({ kind: 'end' });
  }

  lastWords(): LastWords {
    return this.#last;
  }

  #read(chunk: Buffer): void {
    try {
      for (const frame of this.#frames.read(chunk)) this.#hear(frame);
    } catch (thrown) {
      this.#distrust(reasonOf(thrown));
    }
  }

  /** Throws when the message is invalid. */
  #hear({ head, body }: Frame): void {
    const message = head as FromChild; // checked below, kind by kind
    switch (message.kind) {
      case 'ready':
        return this.#listener.heard({ kind: 'ready' });
      case 'unfit':
        return this.#listener.heard({ kind: 'unfit', reason: checkedReason(message.reason) });
      case 'report':
        this.#stuck = false;
        return this.#listener.heard(checkedReport(message, body, this.#outputBytes));
      case 'request':
        return this.#asked(checkedRequest(message));
      case 'revoked':
        if (!isNumber(message.lastBegun)) throw new TypeError('the last call begun is not a valid number');
        return this.#revoking.shift()?.(message.lastBegun);
      case 'overdue':
        if (!isNumber(message.first)) throw new TypeError('the overdue call is not a valid number');
        return this.#listener.overdue(message.first);
      case 'stuck':
        this.#stuck = true;
        return;
      case 'last':
        this.#last = checkedLast(message, body, this.#outputBytes);
        this.#thrown = thrownBy(message.thrown);
        return this.#kill();
      default:
        throw new TypeError('it sent a message of an unknown kind');
    }
  }

  #asked(message: ReturnType<typeof checkedRequest>): void {
    if (waitingOutside.has(message.capability)) {
      if (this.#outside.has(message.request)) throw new TypeError('two open requests have the same number');
      this.#outside.add(message.request);
      if (this.#outside.size > MOST_OUTSIDE_REQUESTS) throw new RangeError('too many requests are open');
    } else this.#requests += 1;
    if (!this.#mayAsk) this.#socket.pause();
    this.#listener.heard(message);
  }

  get #mayAsk(): boolean {
    return this.#requests < MOST_REQUESTS && this.#socket.writableLength < MOST_UNREAD_BYTES;
  }

  #readOn(): void {
    if (this.#socket.isPaused() && this.#mayAsk) this.#socket.resume();
  }

  #distrust(reason: string): void {
    this.#socket.pause();
    this.#listener.broken(reason);
    this.#kill();
  }

  #look(): void {
    if (!this.#options.busy()) {
      clearInterval(this.#looking);
      this.#looking = undefined;
      return;
    }
    const held = residentBytes(this.#child.pid ?? 0) ?? 0;
    if (held > this.#options.budgetBytes) this.#listener.overBudget(held);
  }

  #kill(): void {
    this.#child.kill('SIGKILL');
  }

  #ended(thrown: unknown): void {
    clearTimeout(this.#ending);
    clearInterval(this.#looking);
    this.#socket.destroy();
    this.#listener.ended({ thrown, left: this.#last });
  }

  /** What V8 writes before it aborts shows whether its guest ran out of memory. */
  #deathOf(how: string): Error {
    const fatal = /^(?:FATAL ERROR|# Fatal error|.*out of memory).*$/im.exec(this.#stderr)?.[0];
    const error = new Error(`its process ended with ${how}${fatal === undefined ? '' : `: ${fatal}`}`);
    return /out of memory|OOM/i.test(fatal ?? '') ? Object.assign(error, { code: 'ERR_WORKER_OUT_OF_MEMORY' }) : error;
  }

  #tell(message: ToChild, body?: Uint8Array): void {
    if (!this.#socket.writable) return;
    this.#socket.cork();
    for (const chunk of frameOf(message, body)) this.#socket.write(chunk);
    this.#socket.uncork();
  }
}

function thrownBy(thrown: { readonly reason: unknown; readonly outOfHeap: unknown } | undefined): unknown {
  if (thrown === undefined) return undefined;
  const error = new Error(checkedReason(thrown.reason));
  return thrown.outOfHeap === true ? Object.assign(error, { code: 'ERR_WORKER_OUT_OF_MEMORY' }) : error;
}
