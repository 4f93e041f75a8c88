import { internalModule } from './internals.ts';

/** What we rely on of kafkajs's queue of the requests of one connection. */
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
 * kafkajs looks for pending requests each millisecond on every connection, whether there are any or not: 6 % of a core at rest, and a
 * warning of newer Node. With this it looks only when a request is pending or the broker throttles; what is pending when nothing throttles
 * goes out as soon as an answer comes.
 *
 * Does nothing if kafkajs is built otherwise: it costs, but nothing breaks.
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
    // Only the shape that is checked above is used.
    return (internalModule('src/network/requestQueue/index.js') as { prototype?: RequestQueuePrototype }).prototype;
  } catch {
    return undefined;
  }
}
