/** One measured figure of a bench, as `--json` writes it. */
export interface Figure {
  /** What to reach, in `unit`. None: it is told, and there is no goal. */
  readonly goal?: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
}

export type Figures = Readonly<Record<string, Figure>>;

/** A named measurement; it may give several figures, such as one per payload size. */
export interface Bench {
  readonly name: string;
  /** What is compared with what, in one line. */
  readonly about: string;
  run(): Promise<Figures>;
}

type Goal = Pick<Figure, 'goal' | 'unit' | 'better'>;

/** Median, minimum and maximum of samples; at least one. */
export function figure(samples: readonly number[], goal: Goal): Figure {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (place: number): number => sorted[Math.round(place * (sorted.length - 1))] ?? Number.NaN;
  return { ...goal, median: at(0.5), min: at(0), max: at(1) };
}

/** The value below which `share` of the samples lie. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** `undefined`: there is nothing to reach. */
export function isReached({ goal, median, better }: Figure): boolean | undefined {
  if (goal === undefined) return undefined;
  return better === 'higher' ? median >= goal : median <= goal;
}

/** As people read it, with three digits that count. */
export function short(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 10 });
}
