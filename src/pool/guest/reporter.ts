import type { MessagePort } from 'node:worker_threads';
import type { GuestLog } from '../../capability/capability.ts';
import type { BlackBox } from '../wire/black-box.ts';
import { type EndedCall, OutcomePacker } from '../wire/outcome-batch.ts';
import type { CallLog, ThreadReport } from '../wire/thread-messages.ts';

/** How long an outcome may wait for others. A report costs some 10 us on either side. */
const PATIENCE_MS = 1;
/** Answers are packed into one buffer; beyond this they are on their way at once. */
const MOST_BYTES = 1024 * 1024;

/** Collects what happens in a thread and tells main, many events at a time. */
export class Reporter {
  readonly #port: MessagePort;
  readonly #blackBox: BlackBox;
  readonly #suspends: boolean;
  readonly #packer = new OutcomePacker();
  #ended: EndedCall[] = [];
  #logs: CallLog[] = [];
  #spare: ArrayBuffer[] = [];
  #bytes = 0;
  #guestMs = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Told with every report: how many exist. */
  instances = 0;

  /** `suspends`: whether the thread turns to other things while calls are under way. Only then can a timer see to it that nothing waits. */
  constructor(port: MessagePort, blackBox: BlackBox, suspends: boolean) {
    this.#port = port;
    this.#blackBox = blackBox;
    this.#suspends = suspends;
  }

  /** `bytes`: of its answer. */
  ended(call: EndedCall, bytes: number): void {
    this.#ended.push(call);
    this.#bytes += bytes;
    this.#soon();
  }

  /** A guest was at work for so long. */
  spent(guestMs: number): void {
    this.#guestMs += guestMs;
  }

  log(call: number, record: GuestLog): void {
    const log: CallLog = { call, record };
    this.#logs.push(log);
    this.#blackBox.add(log);
    this.#soon();
  }

  /** A batch whose events all have their outcome; its buffer goes back with the last of them. */
  spare(buffer: ArrayBuffer): void {
    this.#spare.push(buffer);
  }

  /** Reports when something has waited long enough. `nowMs` is of the monotonic clock. */
  flushIfDue(nowMs: number): void {
    const oldest = this.#ended[0];
    if (oldest === undefined) return;
    const waitedMs = nowMs - (oldest.startedMs + oldest.durationMs);
    if (waitedMs >= PATIENCE_MS || this.#bytes > MOST_BYTES) this.flush();
  }

  /** Reports all there is. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#ended.length === 0 && this.#logs.length === 0) return;
    const report: ThreadReport = {
      kind: 'report',
      outcomes: this.#packer.pack(this.#ended),
      logs: this.#logs,
      spare: this.#spare,
      events: this.#ended.length,
      guestMs: this.#guestMs,
      instances: this.instances,
    };
    this.#ended = [];
    this.#logs = [];
    this.#spare = [];
    this.#bytes = 0;
    this.#guestMs = 0;
    this.#blackBox.clear();
    this.#port.postMessage(report, [report.outcomes, ...report.spare]);
  }

  #soon(): void {
    if (this.#suspends) this.#timer ??= setTimeout(() => this.flush(), PATIENCE_MS);
  }
}
