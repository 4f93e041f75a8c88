/** Lengths of a text in UTF-16 code units: four doublings. Long enough to tell, short enough for what is cubic. */
const LENGTHS = [512, 1024, 2048, 4096, 8192] as const;
/** Over four doublings linear work grows 16 times, quadratic 256 times; this is as far from the one as from the other. */
const MOST_GROWTH = 64;
/** A measurement that looks bad is made again so often; the least counts, since nothing makes work less than it is. */
const REPEATS = 60;
/** What took so long several times, in microseconds, was no disturbance, and is not tried again. */
const BEYOND_DOUBT_US = 100_000;
/** What is measured at once, in microseconds: shorter runs are repeated until they take that long together. */
const MEASURED_US = 100;

/** Whether a step does more than linear work on texts that repeat `unit`. Its work is compared with itself, so that no machine is too slow. */
export function isSuperLinear(step: (text: string) => unknown, unit: string): boolean {
  const texts = LENGTHS.map((length) => textOf(unit, length));
  const least = texts.map(() => Infinity);
  for (let n = 0; n < 3; n += 1) step(texts[0]!); // patterns are interpreted at first, and compiled then
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    for (const [place, text] of texts.entries()) {
      // The ends are enough, unless the first of them took so long that the last should not be tried at once.
      if (place > 0 && place < texts.length - 1 && least[0]! < 10 * MEASURED_US) continue;
      least[place] = Math.min(
        least[place]!,
        workOf(() => step(text)),
      );
      if (least[place] > MOST_GROWTH * least[0]! && least[place] > BEYOND_DOUBT_US && repeat >= 4) return true;
    }
    if (Math.max(...least.filter(Number.isFinite)) <= MOST_GROWTH * least[0]!) return false;
  }
  return true;
}

/** Ends in what matches nothing, so that a pattern which wants more after the repetition has to try everything. */
function textOf(unit: string, length: number): string {
  return `${unit.repeat(Math.ceil(length / unit.length))}\u0001!`;
}

/** Microseconds of processor time for one run: on a busy machine, a run of some milliseconds never has the processor to itself. */
function workOf(run: () => void): number {
  for (let runs = 1; ; runs *= 4) {
    const before = process.threadCpuUsage();
    for (let n = 0; n < runs; n += 1) run();
    const { user, system } = process.threadCpuUsage(before);
    const spent = user + system;
    if (spent >= MEASURED_US) return spent / runs;
  }
}
