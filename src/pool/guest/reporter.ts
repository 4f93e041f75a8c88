import type { MessagePort } from 'node:worker_threads';
import type { GuestLog } from '../../capability/capability.ts';
import { BlackBox } from '../wire/black-box.ts';
import { type EndedCall, OutcomeWriter } from '../wire/outcome-batch.ts';
import { type CallLog, isLarge, type SharedMemories, type ThreadReport } from '../wire/thread-messages.ts';

/** How long an outcome may wait for others. A report costs some 10 us on either side. */
const PATIENCE_MS = 1;
/** Limit of large outcomes that main has not confirmed yet; above it, the thread begins nothing more. */
const MOST_UNHEARD_BYTES = 16 * 2 ** 20;

/** Collects what happens in a thread and reports it to main, many events at a time. */
export class Reporter {
  readonly #port: MessagePort;
  readonly #ledger: OutcomeWriter;
  readonly #blackBox: BlackBox;
  readonly #suspends: boolean;
  #logs: CallLog[] = [];
  #spare: ArrayBuffer[] = [];
  /** When the oldest outcome came. */
  #sinceMs = 0;
  #guestMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #unheardBytes = 0;
  /** How many exist; sent with every report. */
  instances = 0;

  /** `suspends`: whether the event loop turns while calls run. Only then can a timer report what has waited long enough. */
  constructor(port: MessagePort, { outcomes, blackBox }: SharedMemories, suspends: boolean) {
    this.#port = port;
    this.#ledger = new OutcomeWriter(outcomes);
    this.#blackBox = new BlackBox(blackBox);
    this.#suspends = suspends;
  }

  /** Whether main must confirm earlier reports before more is begun. */
  get isAhead(): boolean {
    return this.#unheardBytes > MOST_UNHEARD_BYTES;
  }

  /** Main has confirmed a large report. */
  heard(bytes: number): void {
    this.#unheardBytes -= bytes;
  }

  ended(call: EndedCall): void {
    if (this.#ledger.count === 0) this.#sinceMs = call.startedMs + call.durationMs;
    if (!this.#ledger.add(call)) this.#endedAtLength(call);
    this.#soon();
  }

  /** Adds the time for which a guest ran. */
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

  /** Reports if something has waited long enough. `nowMs` is of the monotonic clock. */
  flushIfDue(nowMs: number): void {
    if (this.#ledger.count > 0 && nowMs - this.#sinceMs >= PATIENCE_MS) this.flush();
  }

  /** Reports everything. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#ledger.count > 0 || this.#logs.length > 0) this.#report(this.#ledger);
  }

  /** Empties the ledger to make room for it, or reports it alone if it is larger than the ledger. */
  #endedAtLength(call: EndedCall): void {
    this.flush();
    if (this.#ledger.add(call)) return;
    const alone = new OutcomeWriter(new ArrayBuffer(0));
    if (!alone.add(call)) throw new RangeError('an outcome cannot be packed');
    this.#report(alone);
  }

  #report(outcomes: OutcomeWriter): void {
    const report: ThreadReport = {
      kind: 'report',
      events: outcomes.count,
      outcomes: outcomes.take(),
      logs: this.#logs,
      spare: this.#spare,
      guestMs: this.#guestMs,
      instances: this.instances,
    };
    this.#logs = [];
    this.#spare = [];
    this.#guestMs = 0;
    this.#blackBox.clear();
    if (isLarge(report.outcomes)) this.#unheardBytes += report.outcomes.byteLength;
    this.#port.postMessage(report, [report.outcomes, ...report.spare]);
  }

  #soon(): void {
    if (this.#suspends) this.#timer ??= setTimeout(() => this.flush(), PATIENCE_MS);
  }
}
