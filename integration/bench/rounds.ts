/** Rounds of an interleaved comparison; an odd number gives a true median. */
export const ROUNDS = 5;

export interface Pair {
  readonly a: number;
  readonly b: number;
}

/**
 * Runs two things in turn, A B A B ..., since machines differ and drift: only figures of one round are compared with each other. One round
 * of both comes first and is not counted.
 */
export async function inTurn(a: () => Promise<number>, b: () => Promise<number>): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const pair = { a: await a(), b: await b() };
    if (round > 0) pairs.push(pair);
  }
  return pairs;
}

/** Milliseconds that something takes. */
export async function timed(step: () => unknown): Promise<number> {
  const start = performance.now();
  await step();
  return performance.now() - start;
}
