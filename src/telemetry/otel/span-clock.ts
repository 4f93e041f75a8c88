/** How far the wall clock may drift from ours before we follow it, in milliseconds. */
const TOLERANCE_MS = 50;
const LOOK_EVERY_MS = 1_000;

/**
 * Milliseconds since 1970 with fractions, for the times of spans. Monotonic within a delivery, unlike `Date.now()`, and true after weeks,
 * unlike `performance.timeOrigin`, which does not follow when the wall clock is corrected.
 */
export class SpanClock {
  #originMs: number = performance.timeOrigin;
  #lookedAt = 0;

  now(): number {
    const elapsed = performance.now();
    if (elapsed - this.#lookedAt > LOOK_EVERY_MS) {
      this.#lookedAt = elapsed;
      const origin = Date.now() - elapsed;
      if (Math.abs(origin - this.#originMs) > TOLERANCE_MS) this.#originMs = origin;
    }
    return this.#originMs + elapsed;
  }
}
