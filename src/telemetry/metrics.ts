import { metricCatalogue, type MetricKind, type MetricName, type MetricNamed } from './metric-catalogue.ts';

export type Attributes = Readonly<Record<string, string>>;

/** Only grows. The code that counts keeps the object, so that counting is one addition. */
export class Counter {
  readonly attributes: Attributes;
  value = 0;

  constructor(attributes: Attributes) {
    this.attributes = attributes;
  }

  add(amount = 1): void {
    this.value += amount;
  }
}

/** Upper bounds in seconds: those of the semantic conventions, and finer ones below them, since a call can take microseconds. */
const BOUNDS = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5,
  0.75, 1, 2.5, 5, 7.5, 10,
];

/** A distribution of seconds. */
export class Histogram {
  readonly attributes: Attributes;
  /** Inclusive upper bounds. `counts` has one more entry, for values above them all. */
  readonly bounds: readonly number[] = BOUNDS;
  readonly counts: number[] = Array.from({ length: BOUNDS.length + 1 }, () => 0);
  count = 0;
  sum = 0;

  constructor(attributes: Attributes) {
    this.attributes = attributes;
  }

  record(seconds: number): void {
    let bucket = 0;
    while (bucket < BOUNDS.length && seconds > BOUNDS[bucket]!) bucket += 1;
    this.counts[bucket]! += 1;
    this.count += 1;
    this.sum += seconds;
  }
}

/** Read when metrics are collected. */
export class Gauge {
  readonly attributes: Attributes;
  readonly read: () => number;

  constructor(attributes: Attributes, read: () => number) {
    this.attributes = attributes;
    this.read = read;
  }
}

/** All points of one metric. */
export interface MetricFamily extends MetricKind {
  readonly name: MetricName;
  readonly points: readonly (Counter | Histogram | Gauge)[];
}

/**
 * Every number of this process. Always on, and read by `/metrics` and by the OTLP exporter alike. Not the OpenTelemetry SDK's:
 * that costs 22 MB and 70 ms to load, and looks up attributes for every count; here they are looked up once.
 */
export class Metrics {
  /** Start of the counts: wall clock, milliseconds since 1970. */
  readonly since: number = Date.now();
  readonly #beforeCollecting = new Set<() => void>();
  readonly #families = new Map<MetricName, Map<string, Counter | Histogram | Gauge>>();

  /** The same name and attributes give the same counter. */
  counter(name: MetricNamed<'counter'>, attributes: Attributes): Counter {
    // A name has one kind, so this is a Counter.
    return this.#point(name, attributes, () => new Counter(attributes)) as Counter;
  }

  /** The same name and attributes give the same histogram. */
  histogram(name: MetricNamed<'histogram'>, attributes: Attributes): Histogram {
    // A name has one kind, so this is a Histogram.
    return this.#point(name, attributes, () => new Histogram(attributes)) as Histogram;
  }

  /** Replaces a gauge with the same name and attributes. Call the result to remove it. */
  gauge(name: MetricNamed<'gauge'>, attributes: Attributes, read: () => number): () => void {
    const points = this.#pointsOf(name);
    const key = JSON.stringify(attributes);
    const gauge = new Gauge(attributes, read);
    points.set(key, gauge);
    return () => {
      if (points.get(key) === gauge) points.delete(key);
    };
  }

  /** `count` is called before numbers are read, for values that must be queried. Call the result to end that. */
  beforeCollecting(count: () => void): () => void {
    this.#beforeCollecting.add(count);
    return () => this.#beforeCollecting.delete(count);
  }

  families(): readonly MetricFamily[] {
    for (const count of this.#beforeCollecting) count();
    return [...this.#families].map(([name, points]) => ({
      name,
      ...metricCatalogue[name],
      points: [...points.values()],
    }));
  }

  #point(name: MetricName, attributes: Attributes, make: () => Counter | Histogram): Counter | Histogram | Gauge {
    const points = this.#pointsOf(name);
    const key = JSON.stringify(attributes);
    const known = points.get(key);
    if (known !== undefined) return known;
    const made = make();
    points.set(key, made);
    return made;
  }

  #pointsOf(name: MetricName): Map<string, Counter | Histogram | Gauge> {
    let points = this.#families.get(name);
    if (points === undefined) this.#families.set(name, (points = new Map()));
    return points;
  }
}
