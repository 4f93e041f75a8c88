import type { DiagLogger } from '@opentelemetry/api';
import { reasonOf } from '../../errors.ts';
import type { Logger } from '../../logger.ts';

/** After this long, in milliseconds, the same error is logged again. */
const QUIET_MS = 60_000;

/** Logs the SDK's errors, each at most once a minute: when a collector is away, every batch fails. */
export class ExportTrouble implements DiagLogger {
  readonly #log: Logger;
  readonly #told = new Map<string, number>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** A batch that could not be exported, or another error that the SDK caught. */
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

/** Node wraps the errors of several addresses of one host. */
function causeOf(thrown: unknown): unknown {
  return thrown instanceof AggregateError && thrown.message === '' ? (thrown.errors[0] ?? thrown) : thrown;
}
