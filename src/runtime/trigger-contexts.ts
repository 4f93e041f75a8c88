import type { Clock } from '../clock.ts';
import type { DeadLetterStore } from '../dispatch/dead-letters/dead-letter-store.ts';
import { type DeadLetters, dropped, toOutput } from '../dispatch/dead-letters/dead-letters.ts';
import type { Outlet } from '../dispatch/outputs/outlet.ts';
import { Outputs } from '../dispatch/outputs/outputs.ts';
import { Tally, type TriggerContext } from '../dispatch/trigger-context.ts';
import type { Logger } from '../logger.ts';
import type { App, TriggerSettings } from '../manifest/app.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Adapters } from './adapters.ts';
import type { LiveComponent } from './live-component.ts';

export interface TriggerContextsOptions {
  readonly app: App;
  readonly adapters: Adapters;
  readonly components: ReadonlyMap<string, LiveComponent>;
  readonly outlets: ReadonlyMap<string, Outlet>;
  readonly store: DeadLetterStore;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Makes the context of each trigger: where its events go, and what happens when they fail. */
export class TriggerContexts {
  readonly #options: TriggerContextsOptions;
  readonly #outputs: Outputs;

  constructor(options: TriggerContextsOptions) {
    this.#options = options;
    this.#outputs = new Outputs(options.outlets);
  }

  of(settings: TriggerSettings): TriggerContext {
    const { app, adapters, components, telemetry, clock, log } = this.#options;
    const facts = {
      trigger: settings.name,
      system: settings.type,
      destination: adapters.destinationOf(settings),
      component: settings.component,
    };
    const measured = telemetry.forTrigger(facts);
    return {
      facts,
      pool: known(components, settings.component).poolFor(adapters.kindOf(settings)),
      outputs: this.#outputs,
      deadLetters: this.#deadLettersOf(settings),
      retry: settings.retry,
      strictOrder: settings.orderStrict,
      timeoutMs: settings.timeoutMs ?? known(app.components, settings.component).limits.timeoutMs,
      eventBytes: app.limits.eventBytes,
      mostHops: app.limits.hops,
      lastResort: settings.deadLetter.kind === 'drop' ? dropped : this.#options.store,
      telemetry: measured,
      tally: new Tally(measured),
      clock,
      random: Math.random,
      log: log.child({ trigger: settings.name, component: settings.component }),
    };
  }

  #deadLettersOf({ deadLetter }: TriggerSettings): DeadLetters {
    switch (deadLetter.kind) {
      case 'store':
        return this.#options.store;
      case 'drop':
        return dropped;
      case 'output':
        return toOutput(known(this.#options.outlets, deadLetter.output), this.#options.store, this.#options.log);
    }
  }
}

/** The manifest was checked, so its references resolve. */
function known<T>(map: ReadonlyMap<string, T>, name: string): T {
  const value = map.get(name);
  if (value === undefined) throw new TypeError(`the manifest was not checked: '${name}' is not defined`);
  return value;
}
