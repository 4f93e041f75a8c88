import assert from 'node:assert/strict';
import { type Delivery, type SharedStore, SluiceError, type Trigger, settleOne } from '#trigger';
import { NatsServer } from '../brokers/nats.ts';
import type { SluiceProcess } from '../sluice-process.ts';
import { TemporaryApp } from '../temporary-app.ts';
import { Stage, until } from './stage.ts';

export interface ScheduleRigOptions {
  readonly guest: string;
  /** More keys of `[[trigger.cron]]`. */
  readonly trigger: string;
}

const toml = (address: string, { guest, trigger }: ScheduleRigOptions): string => `
component.${guest}.allow = { keyvalue = ["shared"] }
[connection.main]
type = "nats"
servers = "${address}"
[store.shared]
connection = "main"
bucket = "replicas"
create = {}
[[trigger.cron]]
name = "job"
component = "${guest}"
store = "shared"
${trigger}
[output.out]
connection = "main"
subject = "ran"`;

/** Replicas of an app with a schedule, each in a folder and with a state file of its own; what runs answer is in the stream `ran`. */
export class ScheduleRig extends AsyncDisposableStack {
  readonly server: NatsServer;
  readonly stage: Stage;
  readonly store: SharedStore;
  readonly #options: ScheduleRigOptions;
  readonly #apps: TemporaryApp[] = [];

  private constructor(server: NatsServer, stage: Stage, store: SharedStore, options: ScheduleRigOptions) {
    super();
    this.server = server;
    this.stage = stage;
    this.store = store;
    this.#options = options;
    this.use(server);
    this.use(stage);
  }

  static async setUp(options: ScheduleRigOptions): Promise<ScheduleRig> {
    const server = await NatsServer.start();
    const stage = await Stage.set(server.address);
    await stage.jsm.streams.add({ name: 'ran', subjects: ['ran'] });
    const store = await stage.bucket({ bucket: 'replicas', create: {} });
    return new ScheduleRig(server, stage, store, options);
  }

  /** A replica that is up. */
  async start(): Promise<SluiceProcess> {
    const { guest } = this.#options;
    const app = this.use(
      await TemporaryApp.create({ guests: [guest], toml: toml(this.server.address, this.#options) }),
    );
    this.#apps.push(app);
    const sluice = this.use(app.start(['up']));
    await sluice.says(/\[running\]/);
    return sluice;
  }

  /** Asks for a run, as whoever has a shell on the machine of the first replica does. */
  async fire(): Promise<void> {
    await this.#apps[0]?.run(['trigger', 'job']);
  }

  /** The process that runs a slot at the moment, after somebody else than `not` has begun. */
  async holder(not?: number): Promise<number> {
    let pid: number | undefined;
    await until(async () => {
      const board = JSON.parse(textOf(await this.store.get('sluice.cron.job.slots')) ?? '{}') as {
        slots?: { held?: { by: string } }[];
      };
      const [held] = (board.slots ?? []).flatMap((slot) => slot.held ?? []);
      pid = held && Number(held.by.split('/')[1]);
      return pid !== undefined && pid !== not;
    });
    return pid ?? 0;
  }

  /** What the runs answered, each slot once: the stream stores an event's messages once. */
  async answers(): Promise<string[]> {
    const { last_seq: last } = (await this.stage.jsm.streams.info('ran')).state;
    const stored = Array.from({ length: last }, (_, n) => this.stage.jsm.streams.getMessage('ran', { seq: n + 1 }));
    return (await Promise.all(stored)).flatMap((message) => (message === null ? [] : [message.string()]));
  }
}

export function textOf(entry: { readonly value: Uint8Array } | undefined): string | undefined {
  return entry && Buffer.from(entry.value).toString();
}

/** Takes and accepts all that a trigger gives out until `stop`, as often as a broker that is away makes necessary. */
export async function acceptAll(
  trigger: Trigger,
  stop: AbortSignal,
  began: (delivery: Delivery) => void,
): Promise<void> {
  for (;;) {
    const deliveries = await trigger.take(16, stop);
    if (deliveries.length === 0) return;
    for (const delivery of deliveries) {
      began(delivery);
      await until(() => settleOne(trigger, delivery, { kind: 'accept' }).then(() => true, isTransient));
    }
  }
}

/** `false`, to be tried again; anything else is a failure of the test. */
function isTransient(thrown: unknown): false {
  assert.ok(thrown instanceof SluiceError && thrown.transient, String(thrown));
  return false;
}
