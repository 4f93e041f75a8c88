import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, type Delivery, SluiceError, settleOne } from '#trigger';
import type { MemoryStore } from '../../src/trigger/conformance/index.ts';
import { openCron, slotOf } from '../../triggers/cron/testing/cron-rig.ts';
import { Replicas } from '../../triggers/cron/testing/replicas.ts';
import type { CronTrigger } from '../../triggers/cron/trigger.ts';
import { seededRandom } from '../seeded-random.ts';

const SEED = Number(process.env['SLUICE_SEED'] ?? 1);
const MINUTES = process.env['SLUICE_LONG'] === undefined ? 20 : 600;
const SLOT_MS = 10_000;
const options = { every: '10s', overlap: 'allow', catch_up: { policy: 'all', within: '1h', max: 1000 } };

/** What became of the slots, by all replicas. */
class Story {
  readonly begun = new Map<string, number>();
  readonly accepted = new Map<string, number>();
  /** Their holder died while it was told whether they had ended. */
  readonly unknown = new Set<string>();

  static count(slots: Map<string, number>, slot: string): void {
    slots.set(slot, (slots.get(slot) ?? 0) + 1);
  }
}

/** A process that runs slots, for up to 25 s each, until it is killed. */
class Worker {
  readonly store: MemoryStore;
  readonly #trigger: CronTrigger;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #story: Story;
  readonly #killed = new AbortController();

  constructor(trigger: CronTrigger, store: MemoryStore, clock: Clock, random: () => number, story: Story) {
    this.store = store;
    this.#trigger = trigger;
    this.#clock = clock;
    this.#random = random;
    this.#story = story;
    void this.#work();
  }

  /** It says nothing any more, and nobody hears what it was told. */
  async kill(): Promise<void> {
    this.#killed.abort();
    this.store.lose();
    await this.#trigger[Symbol.asyncDispose]();
  }

  async #work(): Promise<void> {
    while (!this.#killed.signal.aborted) {
      for (const delivery of await this.#trigger.take(16, this.#killed.signal)) void this.#run(delivery);
    }
  }

  async #run(delivery: Delivery): Promise<void> {
    const { signal } = this.#killed;
    const slot = slotOf(delivery).slice(0, 8);
    Story.count(this.#story.begun, slot);
    const extending = this.#extend(delivery);
    await this.#clock.sleep(this.#random() * 25_000, signal);
    for (let ended = false; !ended && !signal.aborted;) ended = await this.#settle(delivery, slot);
    extending.abort();
  }

  #extend(delivery: Delivery): AbortController {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#killed.signal]);
    void (async () => {
      for (;;) {
        await this.#clock.sleep(10_000, signal);
        if (signal.aborted) return;
        delivery.extend?.();
      }
    })();
    return over;
  }

  /** Whether it is over: accepted, or refused since the slot has passed to another. */
  async #settle(delivery: Delivery, slot: string): Promise<boolean> {
    try {
      await settleOne(this.#trigger, delivery, { kind: 'accept' });
      Story.count(this.#story.accepted, slot);
      return true;
    } catch (thrown) {
      if (!(thrown instanceof SluiceError && thrown.transient)) return true;
      await this.#clock.sleep(1000, this.#killed.signal);
      if (this.#killed.signal.aborted) this.#story.unknown.add(slot);
      return false;
    }
  }
}

/** Three replicas whose clocks are up to 5 s apart, that share a store. */
class Company extends Replicas {
  readonly story = new Story();
  readonly random = seededRandom(SEED);
  readonly workers: Worker[] = [];
  #started = 0;

  constructor() {
    super('a store');
  }

  async hire(place: number): Promise<void> {
    const { store, ...replica } = this.start(`process ${(this.#started += 1)}`, place * 2500);
    assert.ok(store !== undefined);
    const trigger = await openCron(options, { ...replica, store });
    this.workers[place] = new Worker(trigger, store, replica.clock, this.random, this.story);
  }

  /** Lets it be for long enough that all can be finished, then ends it. */
  async finish(): Promise<void> {
    for (const { store } of this.workers) store.heal();
    await this.time.pass(3 * 60_000);
    for (const worker of this.workers) await worker.kill();
  }

  /** Ids of slots that nobody has ended, though there was time. */
  stuck(): string[] {
    const value = this.broker?.entries.get('sluice.cron.job.slots')?.value ?? new Uint8Array();
    const { slots } = JSON.parse(Buffer.from(value).toString()) as { slots: { id: string; time: number }[] };
    return slots.filter(({ time }) => time < this.time.now - 60_000).map(({ id }) => id);
  }

  /** Times of the slots that are decided by now, without the newest, which may still run. */
  due(from: number): string[] {
    const slots: string[] = [];
    for (let slot = Math.ceil(from / SLOT_MS) * SLOT_MS; slot < this.time.now - 60_000; slot += SLOT_MS) {
      slots.push(new Date(slot).toISOString().slice(11, 19));
    }
    return slots;
  }
}

test(`replicas that die, are cut off and lose answers, for ${MINUTES} minutes: each slot is accepted once (SLUICE_SEED=${SEED})`, async (context) => {
  await using company = new Company();
  const { time, random, story, workers } = company;
  const from = time.now + 1;
  for (const place of [0, 1, 2]) await company.hire(place);
  let kills = 0;
  for (const end = time.now + MINUTES * 60_000; time.now < end; await time.pass(random() * 20_000)) {
    const place = Math.floor(random() * 3);
    const fate = random();
    if (fate < 0.3) workers[place]?.store.lose();
    else if (fate < 0.4) workers[place]?.store.loseAnswers();
    else if (fate < 0.8) workers[place]?.store.heal();
    else {
      await workers[place]?.kill();
      kills += 1;
      await company.hire(place);
    }
  }
  await company.finish();
  assert.deepEqual(company.stuck(), []);
  const due = company.due(from);
  const wrong = due
    .filter((slot) => story.accepted.get(slot) !== 1 && !story.unknown.has(slot))
    .map((slot) => `${slot}: begun ${story.begun.get(slot)} times, accepted ${story.accepted.get(slot)}`);
  assert.deepEqual(wrong, []);
  assert.deepEqual(
    [...story.accepted].filter(([, times]) => times > 1),
    [],
  );
  const again = [...story.begun.values()].filter((times) => times > 1).length;
  context.diagnostic(`${due.length} slots, ${kills} kills, ${again} begun again, ${story.unknown.size} of unknown end`);
});

test(`a store that is away for all again and again, for ${MINUTES} minutes: no slot is even begun twice (SLUICE_SEED=${SEED})`, async (context) => {
  await using company = new Company();
  const { time, random, story, workers } = company;
  const from = time.now + 1;
  for (const place of [0, 1, 2]) await company.hire(place);
  let outages = 0;
  for (const end = time.now + MINUTES * 60_000; time.now < end; outages += 1) {
    await time.pass(random() * 60_000);
    for (const { store } of workers) store.lose();
    await time.pass(random() * 120_000);
    for (const { store } of workers.toSorted(() => random() - 0.5)) store.heal();
  }
  await company.finish();
  assert.deepEqual(company.stuck(), []);
  const due = company.due(from);
  assert.deepEqual(
    due.filter((slot) => story.begun.get(slot) !== 1 || story.accepted.get(slot) !== 1),
    [],
  );
  context.diagnostic(`${due.length} slots, ${outages} outages`);
});
