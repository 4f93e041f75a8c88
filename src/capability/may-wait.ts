import type { ComponentOutline } from '../component/component-outline.ts';

/** A function that QuickJS components export beside their own. */
const QUICKJS_INIT = 'init';

/**
 * Whether a component can wait for a moment, rather than only ask a clock.
 *
 * Every component that `jco componentize --backend qjs` makes imports `subscribe-duration` for its C library, where no script can reach it;
 * a world that imports the clock for its script brings `subscribe-instant`, too. Telling them apart keeps scripts that don't wait out of
 * JSPI: a call of a small one costs 21 us without and 27 us with it (November 2026).
 */
export function mayWait({ called, exports }: ComponentOutline): boolean {
  if (called.has('subscribe-instant')) return true;
  return called.has('subscribe-duration') && !exports.includes(QUICKJS_INIT);
}
