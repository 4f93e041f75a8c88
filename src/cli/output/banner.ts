import { printable } from '../../printable.ts';
import type { TriggerStatus } from '../../runtime/status.ts';

export interface BannerFacts {
  readonly version: string;
  readonly app: string;
  /** From the start of the process, in milliseconds. */
  readonly readyMs: number;
  readonly triggers: readonly TriggerStatus[];
  /** Where state is kept. */
  readonly state: string;
  /** Components whose guests run in child processes. */
  readonly processes: readonly string[];
  /** Base address of health and metrics; undefined when off. */
  readonly server: string | undefined;
}

/** The text that a person sees when Sluice is up: what runs, where data is kept, where to look. */
export function banner({ version, app, readyMs, triggers, state, processes, server }: BannerFacts): string {
  const width = Math.max(...triggers.map(({ name }) => name.length), 0);
  const places = [
    ...(processes.length === 0 ? [] : [`  process  ${printable(processes.join(', '))}`]),
    `  state    ${printable(state)}`,
    server === undefined ? '  server   off' : `  server   ${server}/livez  /readyz  /triggers  /metrics`,
  ];
  return [
    `sluice ${version}  ${printable(app)}  ready in ${Math.round(readyMs)} ms`,
    '',
    ...triggers.map((trigger) => `  ${triggerLine(trigger, width)}`),
    '',
    ...places,
    '',
  ].join('\n');
}

function triggerLine({ name, type, destination, component, state, reason }: TriggerStatus, width: number): string {
  const why = reason === undefined ? '' : `: ${reason}`;
  return printable(`${name.padEnd(width)}  ${type} ${destination} -> ${component}  [${state}${why}]`);
}

/** The counters in one line: what was handled, what waits, what went wrong. Zeros of things that went wrong are left out. */
export function counters(triggers: readonly TriggerStatus[]): string {
  const sum = (count: (trigger: TriggerStatus) => number): number =>
    triggers.reduce((total, trigger) => total + count(trigger), 0);
  const parts = [
    `${sum(({ accepted }) => accepted)} handled`,
    `${sum(({ held }) => held)} running`,
    ...optional(
      sum(({ ready }) => ready ?? 0),
      'ready',
    ),
    ...optional(
      sum(({ published }) => published),
      'published',
    ),
    ...optional(
      sum(({ retried }) => retried),
      'retried',
    ),
    ...optional(
      sum(({ deadLettered }) => deadLettered),
      'dead-lettered',
    ),
    ...optional(
      sum(({ dropped }) => dropped),
      'dropped',
    ),
    ...optional(
      sum(({ unconfirmed }) => unconfirmed),
      'unconfirmed',
    ),
    ...optional(
      sum(({ discarded }) => discarded),
      'discarded',
    ),
  ];
  return parts.join(', ');
}

function optional(count: number, what: string): string[] {
  return count === 0 ? [] : [`${count} ${what}`];
}
