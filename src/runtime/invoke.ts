import type { GuestLog } from '../capability/capability.ts';
import type { Clock } from '../clock.ts';
import type { Settlement } from '../delivery.ts';
import { dropped } from '../dispatch/dead-letters/dead-letters.ts';
import { Outlet } from '../dispatch/outputs/outlet.ts';
import { Outputs } from '../dispatch/outputs/outputs.ts';
import { Pump } from '../dispatch/pump.ts';
import { defaultRetryPolicy } from '../dispatch/conclusion/decide.ts';
import { Tally } from '../dispatch/trigger-context.ts';
import type { Message, TriggerEvent } from '../event.ts';
import type { Logger } from '../logger.ts';
import type { App, ComponentSettings } from '../manifest/app.ts';
import type { Outcome } from '../outcome.ts';
import type { CallTiming } from '../pool/call.ts';
import type { Publisher } from '../publisher.ts';
import { StateFile } from '../state/state-file.ts';
import type { Adapter } from '../trigger/adapter.ts';
import { Adapters } from './adapters.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { load, openPool } from './component-pool.ts';
import { HeldFolders } from './grants/held-folders.ts';
import { type Finished, OneEvent, WatchedPool } from './one-event.ts';

export interface InvokeOptions {
  readonly app: App;
  readonly adapters: readonly Adapter[];
  readonly component: ComponentSettings;
  readonly event: TriggerEvent;
  /** Whether the component may name any output, because no manifest defines outputs. Default false. */
  readonly anyOutput?: boolean;
  /** 1 for the first. */
  readonly attempt: number;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The result of one event. */
export interface Invocation {
  readonly outcome: Outcome;
  /** The settlement that a source would have received. */
  readonly settlement: Settlement;
  /** Messages that would have been published, by output. */
  readonly published: readonly { readonly output: string; readonly message: Message }[];
  readonly logs: readonly GuestLog[];
  readonly timing: CallTiming;
}

/** Hands one event to a component as `up` does, but publishes and settles nothing. Rejects as loading the component does. */
export async function invoke(
  { app, adapters, component, event, anyOutput = false, attempt, telemetry, clock, log }: InvokeOptions,
  signal: AbortSignal,
): Promise<Invocation> {
  using folders = HeldFolders.open(app, [component]);
  await using state = StateFile.open(app.state.path);
  await using open = new Adapters({ app, adapters, state, clock, log });
  const { stores } = open;
  const context = { app, telemetry, clock, log, state, stores, folders };
  await using opened = await openPool(await load(component, 'message', context, signal), component, context, signal);
  const pool = new WatchedPool(opened);
  const published: { output: string; message: Message }[] = [];
  const outletFor = (name: string, system: string): Outlet =>
    new Outlet({ name, system }, () => Promise.resolve(collecting(name, published)));
  const outlets = new Map([...app.outputs.values()].map(({ name, type }) => [name, outletFor(name, type)]));
  const trigger = new OneEvent(event, attempt);
  const facts = { trigger: 'invoke', system: 'sluice', destination: event.subject, component: component.name };
  const stop = new AbortController();
  const measured = telemetry.forTrigger(facts);
  const triggerContext = {
    facts,
    pool,
    outputs: new Outputs(anyOutput ? new EveryOutlet((name) => outletFor(name, 'sluice')) : outlets),
    deadLetters: dropped,
    retry: { ...defaultRetryPolicy, attempts: Math.max(defaultRetryPolicy.attempts, attempt) },
    strictOrder: false,
    timeoutMs: component.limits.timeoutMs,
    eventBytes: app.limits.eventBytes,
    mostHops: Infinity,
    lastResort: dropped,
    telemetry: measured,
    tally: new Tally(measured),
    clock,
    random: () => 1,
    log,
  };
  const pumping = new Pump(trigger, triggerContext, 1, { stop: stop.signal, cancel: signal, abandon: signal }).run();
  const settlement = await trigger.settled;
  stop.abort();
  await pumping;
  const { outcome, timing, logs } = pool.finished ?? NOT_CALLED;
  return { outcome: sumOf(outcome, settlement), settlement, published, logs, timing };
}

const NOT_CALLED: Finished = {
  outcome: { kind: 'completed', messages: [] },
  timing: { durationMs: 0, waitedMs: 0, cold: false },
  logs: [],
};

/** Failures beside those of the call: the event may be too large, or an output unknown. */
function sumOf(outcome: Outcome, settlement: Settlement): Outcome {
  if (outcome.kind !== 'completed' || settlement.kind !== 'drop') return outcome;
  return { kind: 'rejected', reason: settlement.reason };
}

/** Creates missing entries. */
class EveryOutlet extends Map<string, Outlet> {
  readonly #make: (name: string) => Outlet;

  constructor(make: (name: string) => Outlet) {
    super();
    this.#make = make;
  }

  override has(): boolean {
    return true;
  }

  override get(name: string): Outlet {
    const outlet = super.get(name) ?? this.#make(name);
    this.set(name, outlet);
    return outlet;
  }
}

function collecting(output: string, into: { output: string; message: Message }[]): Publisher {
  return {
    supports: { durable: false, deduplicates: false, headers: true, keys: true },
    publish: (messages) => {
      for (const message of messages) into.push({ output, message });
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
