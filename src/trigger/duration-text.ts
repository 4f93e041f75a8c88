const units: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Whole numbers with units, from the largest unit to the smallest, each at most once: `200ms`, `5s`, `1h30m`. */
export const durationForm = /^(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Milliseconds, or `undefined` if the text is not a duration (or is longer than 2^53 - 1 ms). */
export function parseDuration(text: string): number | undefined {
  const counts = durationForm.exec(text)?.slice(1);
  if (counts === undefined) return undefined;
  const ms = Object.values(units).reduce((sum, unit, at) => sum + unit * Number(counts[at] ?? 0), 0);
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/** The shortest text that `parseDuration` reads back: `90000` is `1m30s`. */
export function formatDuration(ms: number): string {
  let left = Math.round(ms);
  let text = '';
  for (const [unit, length] of Object.entries(units)) {
    const count = Math.floor(left / length);
    if (count > 0) text += `${count}${unit}`;
    left -= count * length;
  }
  return text === '' ? '0ms' : text;
}
