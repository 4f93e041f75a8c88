import { systemClock } from '../../src/clock.ts';
import type { StoredLetter } from '../../src/dispatch/dead-letters/dead-letter-store.ts';
import type { Header } from '../../src/event.ts';
import { silentLogger } from '../../src/logger.ts';
import { runPublisher } from '../../triggers/cron/run-request.ts';
import { enqueue } from '../../triggers/queue/enqueue.ts';
import { buildGuest } from '../guests/build-guest.ts';
import { textsOf } from '../queue-items.ts';
import { RunningApp } from '../semantics/running-app.ts';

const never = new AbortController().signal;

/** Guests of `integration/guests/source/contracts`, each a component of its name, and more keys of each. */
export type Guests = Readonly<Record<string, string>>;

/** The table of one guest's component. */
export async function componentToml(guest: string, keys: string, host: 'thread' | 'process'): Promise<string> {
  const source = JSON.stringify(await buildGuest(`contracts/${guest}`));
  return `[component.${guest}]
source = ${source}
limits = { memory = "16MiB" }
pool = { host = "${host}", threads = 1, instances = 2 }
${keys}`;
}

/** A queue and a schedule for each, and a queue `GUEST-spin` of calls that are ended soon. Events are attempted twice, those once. */
function triggersToml(guest: string): string {
  const retry = 'retry = { attempts = 2, first = "1ms", max = "1ms" }';
  return `[[trigger.queue]]
name = "${guest}"
queue = "${guest}"
component = "${guest}"
${retry}
[[trigger.queue]]
name = "${guest}-spin"
queue = "${guest}-spin"
component = "${guest}"
timeout = "300ms"
retry = { attempts = 1 }
[[trigger.cron]]
name = "${guest}-cron"
schedule = "0 0 29 2 *"
component = "${guest}"
${retry}`;
}

/** A whole app with a component for each guest, and what its guests were handed. */
export class ContractApp implements AsyncDisposable {
  readonly #app: RunningApp;

  static async open(guests: Guests, host: 'thread' | 'process'): Promise<ContractApp> {
    const names = Object.keys(guests);
    const components = await Promise.all(names.map((guest) => componentToml(guest, guests[guest] ?? '', host)));
    const toml = [...components, ...names.map(triggersToml)].join('\n');
    return new ContractApp(await RunningApp.open({ guests: [], toml }));
  }

  private constructor(app: RunningApp) {
    this.#app = app;
  }

  async put(queue: string, texts: readonly (string | Uint8Array)[], headers: readonly Header[] = []): Promise<void> {
    const items = texts.map((text) => ({ headers, contentType: 'text/plain', data: Buffer.from(text) }));
    await enqueue(this.#app.state, queue, items, { windowMs: 0 });
  }

  /** Runs the schedule of a guest once for each text, now. */
  async tick(guest: string, ...texts: readonly string[]): Promise<void> {
    const context = { name: `${guest}-cron`, state: this.#app.state, clock: systemClock, log: silentLogger };
    await using publisher = await runPublisher(context);
    await publisher.publish(
      texts.map((text) => ({ headers: [], data: Buffer.from(text) })),
      never,
    );
  }

  /** Resolves when a trigger has settled so many for good. */
  async settled(trigger: string, count: number): Promise<void> {
    await this.#app.until(async () => (await this.settledNow(trigger)) >= count);
  }

  /** How many a trigger has settled for good. */
  async settledNow(trigger: string): Promise<number> {
    const { accepted, deadLettered } = await this.#app.status(trigger);
    return accepted + deadLettered;
  }

  /** What waits in a queue. */
  stored(queue: string): readonly string[] {
    return textsOf(this.#app.state, queue);
  }

  /** Whether that is in the log of the application. */
  says(text: string): boolean {
    return this.#app.log.some((line) => line.includes(JSON.stringify(text).slice(1, -1)));
  }

  /** The outcome of each dead letter of a trigger and why, by its text. */
  letters(trigger: string): Readonly<Record<string, string>> {
    const own = this.#app.letters.filter((letter: StoredLetter) => letter.trigger === trigger);
    return Object.fromEntries(
      own.map(({ event, outcome, reason }) => [
        Buffer.from(event.data).toString(),
        `${outcome}: ${reason.replace(/ \(attempt .*\)$/, '')}`,
      ]),
    );
  }

  /** What the guest said that it was handed, in the order of the calls. */
  seen(component: string): readonly string[] {
    return this.#app.log.flatMap((line) => {
      const said = JSON.parse(line) as {
        readonly component?: string;
        readonly context?: string;
        readonly msg?: string;
      };
      return said.component === component && said.context === 'seen' ? (said.msg ?? '') : [];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#app[Symbol.asyncDispose]();
  }
}
