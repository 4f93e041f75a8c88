import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { capabilities, provides } from '../../src/capability/capabilities.ts';
import { LoneInstance as CapabilityHost } from '../../src/capability/testing/lone-instance.ts';
import { type CallPath, loadComponent } from '../../src/component/load-component.ts';
import type { Component } from '../../src/component/component.ts';
import { importGlue } from '../../src/component/glue/import-glue.ts';
import { sluiceEvent } from '../../src/contract/sluice-event.ts';
import { silentLogger } from '../../src/logger.ts';
import { FirstState, type Snapshot } from '../../src/pool/guest/first-state.ts';
import type { Glue } from '../../src/pool/guest/instance.ts';
import { limitLifting } from '../../src/pool/guest/lift-limit.ts';
import type { Ending } from '../../src/pool/wire/outcome-batch.ts';
import { buildGuest } from '../guests/build-guest.ts';
import { buildScript } from '../script/build-script.ts';
import { seededRandom } from '../seeded-random.ts';
import { type LoneEvent, LoneInstance, packed } from './lone-call.ts';
import { Chance } from './scripted-answer.ts';

// Each event is handed to an instance that was reset and to one that is really new. Both must answer alike, and be alike in all that a guest
// can look at: before the call, and after it.

const SEED = Number(process.env['SLUICE_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const CALLS = process.env['SLUICE_LONG'] === '1' ? 30_000 : 400;
const MOST_BYTES = 8192;
const cacheDir = join(import.meta.dirname, '..', '..', '.cache', 'components');

// As in a worker.
process.env = Object.freeze({});
limitLifting(2 ** 28);

async function load(source: string, callPath: CallPath = 'auto'): Promise<Component> {
  const loading = { name: 'again', source, contracts: [sluiceEvent], provides, cacheDir, callPath };
  const component = await loadComponent(
    { ...loading, memoryBytes: 2 ** 24, log: silentLogger },
    new AbortController().signal,
  );
  assert.ok(component.resettable);
  return component;
}

/** Makes instances of one component: really new ones. */
class Maker {
  readonly #component: Component;
  readonly #glue: Glue;

  private constructor(component: Component, glue: Glue) {
    this.#component = component;
    this.#glue = glue;
  }

  static async of(component: Component): Promise<Maker> {
    return new Maker(component, (await importGlue(component.glue)) as Glue);
  }

  async make(state?: FirstState): Promise<LoneInstance> {
    const imports: Record<string, object> = {};
    const host = new CapabilityHost();
    for (const name of this.#component.imports) {
      const capability = capabilities.find((each) => each.provides(name) !== undefined);
      imports[name] = (await capability?.bind(name, host)) ?? {};
    }
    return new LoneInstance(this.#component, this.#glue, imports, MOST_BYTES, state);
  }
}

/** An instance that is reset between events, and made anew where it can't be. */
class Again {
  readonly #maker: Maker;
  #current: { readonly instance: LoneInstance; readonly state: FirstState } | undefined;
  #first: Snapshot | undefined;
  resets = 0;

  constructor(maker: Maker) {
    this.#maker = maker;
  }

  /** The instance for the next event. */
  async next(isSound: boolean): Promise<LoneInstance> {
    if (isSound && this.#current?.state.reset()) {
      this.resets += 1;
      return this.#current.instance;
    }
    const state = new FirstState();
    const instance = await this.#maker.make(state);
    this.#first ??= state.snapshot();
    assert.ok(this.#first !== undefined && state.beginsAs(this.#first), 'it does not begin as the one before it');
    this.#current = { instance, state };
    return instance;
  }
}

function assertAlike(one: LoneInstance, other: LoneInstance, what: string): void {
  assert.deepEqual(
    one.memories.map(({ buffer }) => buffer.byteLength),
    other.memories.map(({ buffer }) => buffer.byteLength),
    `${what}: the sizes of memories`,
  );
  for (const [n, { buffer }] of one.memories.entries()) {
    const isSame = Buffer.from(buffer).equals(Buffer.from(other.memories[n]!.buffer));
    assert.ok(isSame, `${what}: memory ${n}`);
  }
  const valuesOf = ({ globals }: LoneInstance): unknown[] => globals.map(({ value }): unknown => value);
  assert.deepEqual(valuesOf(one), valuesOf(other), `${what}: the globals`);
}

const hasFailed = (endings: readonly Ending[]): boolean => endings.some(({ kind }) => kind === 'trapped');

/** How often an instance was reset, and how many events of each kind there were. */
async function compare(component: Component, calls: number, next: (chance: Chance) => LoneEvent) {
  const chance = new Chance(seededRandom(SEED));
  const maker = await Maker.of(component);
  const again = new Again(maker);
  const seen = new Map<string, number>();
  let isSound = false;
  for (let n = 0; n < calls; n++) {
    const batch = packed([next(chance)]);
    const what = `call ${n} of seed ${SEED}`;
    const reset: LoneInstance = await again.next(isSound);
    const made = await maker.make();
    assertAlike(reset, made, `before ${what}`);
    const answers = reset.call(batch);
    assert.deepEqual(answers, made.call(batch), what);
    // After a trap an instance is left behind as it is.
    isSound = !hasFailed(answers);
    if (isSound) assertAlike(reset, made, `after ${what}`);
    for (const ending of answers) {
      const kind = ending.kind === 'trapped' ? ending.cause : ending.kind;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }
  }
  return { resets: again.resets, seen };
}

/** Steps for the guest `remembers`: see there. */
function steps(chance: Chance): Uint8Array {
  const all: number[][] = Array.from({ length: chance.int(6) }, () => {
    // Some write over the end of a memory, and trap.
    if (chance.one(0.4)) return [chance.int(2), chance.int(66_000), chance.int(256), chance.int(3000)];
    if (chance.one(0.4)) return [4, chance.int(2 ** 32), 0, 0];
    if (chance.one(0.3)) return [chance.of([2, 3]), chance.of([0, 0, 1, 2, 70_000]), 0, 0];
    if (chance.one(0.3)) return [chance.of([5, 9]), 0, 0, 0];
    return [chance.of([6, 7, 8, 8, 10]), 0, 0, 0];
  });
  return new Uint8Array(Uint32Array.from(all.flat()).buffer);
}

const event = (data: Uint8Array): LoneEvent => ({
  event: { id: 'id', source: 's', subject: 't', time: 1n, headers: [], data },
  attempt: 1,
});

for (const callPath of ['auto', 'glue'] as const) {
  test(`an instance that was reset is one that is new, whatever events did to it, called by ${callPath} (seed ${SEED})`, async (t) => {
    const component = await load(await buildGuest('remembers'), callPath);
    const { resets, seen } = await compare(component, CALLS, (chance) => event(steps(chance)));
    t.diagnostic(`${resets} resets, ${JSON.stringify(Object.fromEntries(seen))}`);
    assert.ok(resets > CALLS / 4 && resets < CALLS, `${resets} resets`);
    for (const kind of ['completed', 'trap', 'malformed']) assert.ok((seen.get(kind) ?? 0) > CALLS / 50, kind);
  });
}

test(`an instance that was reset is one that is new, whatever answers the puppet gave (seed ${SEED})`, async (t) => {
  const component = await load(await buildGuest('puppet'));
  const next = (chance: Chance): LoneEvent => chance.event(chance.one(0.6) ? chance.script() : undefined);
  const { resets, seen } = await compare(component, CALLS, next);
  t.diagnostic(`${resets} resets, ${JSON.stringify(Object.fromEntries(seen))}`);
  assert.ok(resets > CALLS / 4 && resets < CALLS, `${resets} resets`);
});

test(`a QuickJS instance that was reset is one that is new (seed ${SEED})`, async (t) => {
  const component = await load(await buildScript('quick'));
  const calls = Math.ceil(CALLS / 10);
  const { resets, seen } = await compare(component, calls, (chance) => chance.event());
  t.diagnostic(`${resets} resets, ${JSON.stringify(Object.fromEntries(seen))}`);
  // It grows for large events.
  assert.ok(resets > calls / 2 && resets < calls, `${resets} resets`);
});
