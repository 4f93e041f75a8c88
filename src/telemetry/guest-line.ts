import type { Logger } from '../logger.ts';

/** A line that a guest wrote during a delivery. */
export interface GuestLine {
  /** A level of wasi:logging: `trace`, `debug`, `info`, `warn`, `error`, `critical`. */
  readonly level: string;
  /** wasi:logging's context, or `stdout` / `stderr`. */
  readonly context: string;
  readonly text: string;
  readonly trigger: string;
  readonly component: string;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
}

/** A destination of guest lines. `true`: the line was taken, so later sinks need not show it. */
export type GuestLineSink = (line: GuestLine) => boolean;

/** Guest lines in Sluice's own log. */
export function loggedLines(log: Logger): GuestLineSink {
  return ({ level, context, text, trigger, component, traceId }) => {
    const bindings = { component, trigger, context, ...(traceId !== undefined && { traceId }) };
    log[ownLevel(level)](bindings, text);
    return true;
  };
}

function ownLevel(level: string): 'debug' | 'info' | 'warn' | 'error' {
  switch (level) {
    case 'trace':
    case 'debug':
      return 'debug';
    case 'warn':
      return 'warn';
    case 'error':
    case 'critical':
      return 'error';
    default:
      return 'info';
  }
}
