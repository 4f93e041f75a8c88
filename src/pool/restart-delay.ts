const FIRST_MS = 100;
const LONGEST_MS = 10_000;

/** How long to wait before a thread is started again, after so many starts in a row that failed; 0 after none. */
export function restartDelayMs(failures: number): number {
  return failures === 0 ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
}
