import { type Figures, figure } from './figure.ts';
import { ratePerSecond, type Run } from './stopwatch.ts';

/** Runs of one round. */
export interface Round {
  /** The loop that people write by hand; it settles as Sluice does. */
  readonly plain: Run;
  readonly sluice: Run;
  /** The same loop without waiting for settlements to be confirmed. */
  readonly unconfirmed?: Run;
}

/** The most CPU time of an event beside the plain loop's. */
const CPU_RATIO = 2;

/** What Sluice does beside a plain loop: the ratio of their rates, its own rate, and the CPU time of an event by thread. */
export function beside(name: string, rounds: readonly Round[], goal: { ratio: number; rate?: number }): Figures {
  const of = (value: (round: Round) => number): number[] => rounds.map(value);
  const cpu = (value: (run: Run) => number) =>
    figure(
      of(({ sluice }) => value(sluice)),
      { unit: 'us/event', better: 'lower' },
    );
  const confirmed = rounds.filter((round): round is Required<Round> => round.unconfirmed !== undefined);
  return {
    [name]: figure(
      of(({ plain, sluice }) => plain.ms / sluice.ms),
      { goal: goal.ratio, unit: 'of plain', better: 'higher' },
    ),
    ...(confirmed.length > 0 && {
      [`${name}.unconfirmed`]: figure(
        confirmed.map(({ unconfirmed, sluice }) => unconfirmed.ms / sluice.ms),
        { unit: 'of unconfirmed', better: 'higher' },
      ),
    }),
    [`${name}.rate`]: figure(
      of(({ sluice }) => ratePerSecond(sluice)),
      { ...(goal.rate !== undefined && { goal: goal.rate }), unit: 'events/s', better: 'higher' },
    ),
    [`${name}.cpu`]: figure(
      of(({ plain, sluice }) => sluice.cpu.all / plain.cpu.all),
      { goal: CPU_RATIO, unit: 'x plain', better: 'lower' },
    ),
    [`${name}.cpu.plain`]: figure(
      of(({ plain }) => plain.cpu.all),
      { unit: 'us/event', better: 'lower' },
    ),
    [`${name}.cpu.main`]: cpu(({ cpu }) => cpu.main),
    [`${name}.cpu.v8`]: cpu(({ cpu }) => cpu.v8),
    [`${name}.cpu.guests`]: cpu(({ cpu }) => cpu.guests),
  };
}
