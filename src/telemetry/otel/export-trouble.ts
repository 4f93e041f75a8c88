import type { DiagLogger } from '@opentelemetry/api';
import { reasonOf } from '../../errors.ts';
import type { Logger } from '../../logger.ts';

/** The same trouble is told again after this long, in milliseconds. */
const QUIET_MS = 60_000;

/** What the SDK complains of, in Sluice's log: each thing once a minute, since a collector that is away fails with every batch. */
export class ExportTrouble implements DiagLogger {
  readonly #log: Logger;
  readonly #told = new Map<string, number>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** A batch that could not be exported, or whatever else the SDK caught. */
  report(thrown: unknown): void {
    const reason = reasonOf(causeOf(thrown));
    this.#tell(`telemetry could not be exported: ${reason}`, () =>
      this.#log.warn({ code: 'SLU5101', reason }, 'telemetry could not be exported'),
    );
  }

  error(message: string): void {
    this.#tell(message, () => this.#log.warn({ code: 'SLU5101' }, `OpenTelemetry: ${message}`));
  }

  warn(message: string): void {
    this.error(message);
  }

  info(): void {}
  debug(): void {}
  verbose(): void {}

  #tell(message: string, tell: () => void): void {
    const what = message.replaceAll(/\d+/g, '#');
    const now = performance.now();
    const last = this.#told.get(what);
    if (last !== undefined && now - last < QUIET_MS) return;
    this.#told.set(what, now);
    tell();
  }
}

/** Node wraps what went wrong on several addresses of one host. */
function causeOf(thrown: unknown): unknown {
  return thrown instanceof AggregateError && thrown.message === '' ? (thrown.errors[0] ?? thrown) : thrown;
}
