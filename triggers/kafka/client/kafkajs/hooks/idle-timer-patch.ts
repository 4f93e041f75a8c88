import { internalModule } from './internals.ts';

/** The parts of kafkajs's queue of requests (of one connection) on which we rely. */
interface RequestQueue {
  readonly pending: readonly unknown[];
  /** Milliseconds since 1970; in the past when the broker does not throttle us. */
  readonly throttledUntil: number;
}

interface RequestQueuePrototype extends RequestQueue {
  scheduleCheckPendingRequests?: (this: RequestQueue) => void;
}

let installed = false;

/**
 * kafkajs checks for pending requests every millisecond on every connection, even if there are none: that is 6 % of a core at rest, and a warning in
 * newer Node. With this patch it checks only if a request is pending or the broker throttles. Without throttling, pending requests go out as soon as
 * an answer arrives.
 *
 * It does nothing if kafkajs is built differently; that costs time but breaks nothing.
 */
export function installIdleTimerPatch(): void {
  if (installed) return;
  installed = true;
  const prototype = requestQueue();
  const schedule = prototype?.scheduleCheckPendingRequests;
  if (prototype === undefined || typeof schedule !== 'function' || schedule.length !== 0) return;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
}

function requestQueue(): RequestQueuePrototype | undefined {
  try {
    // Uses only the shape that is checked above.
    return (internalModule('src/network/requestQueue/index.js') as { prototype?: RequestQueuePrototype }).prototype;
  } catch {
    return undefined;
  }
}
