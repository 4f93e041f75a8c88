import { settings } from './settings.ts';

/**
 * Runs things in turn, A B A B ..., since machines differ and drift: only figures of one round are compared with each other. One round
 * comes first and is not counted. Says on stderr how far `what` is.
 */
export async function inTurn<K extends string, T>(
  what: string,
  things: Readonly<Record<K, () => Promise<T>>>,
): Promise<readonly Readonly<Record<K, T>>[]> {
  const rounds: Record<K, T>[] = [];
  for (let round = 0; round <= settings.rounds; round += 1) {
    const results: Partial<Record<K, T>> = {};
    for (const name in things) results[name] = await things[name]();
    if (round > 0) rounds.push(results as Record<K, T>); // each has its result
    progress(what, round);
  }
  return rounds;
}

/** As many rounds of something that is compared with nothing. */
export async function again<T>(what: string, step: () => Promise<T>): Promise<readonly T[]> {
  return (await inTurn(what, { step })).map((round) => round.step);
}

/** Milliseconds that something takes. */
export async function timed(step: () => unknown): Promise<number> {
  const start = performance.now();
  await step();
  return performance.now() - start;
}

function progress(what: string, round: number): void {
  process.stderr.write(`  ${what}: ${round === 0 ? 'warm' : `round ${round} of ${settings.rounds}`}\n`);
}
