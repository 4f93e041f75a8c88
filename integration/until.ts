/** Guards against what hangs; no claim about speed. In milliseconds. */
export const PATIENCE_MS = 60_000;

/** Resolves when `holds` does, looking often; fails after `ms` milliseconds. */
export async function until(holds: () => boolean | Promise<boolean>, ms = PATIENCE_MS): Promise<void> {
  const end = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
