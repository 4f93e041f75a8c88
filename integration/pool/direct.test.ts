import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { capabilities, provides } from '../../src/capability/capabilities.ts';
import { LoneInstance as CapabilityHost } from '../../src/capability/testing/lone-instance.ts';
import type { Component } from '../../src/component/component.ts';
import { importGlue } from '../../src/component/glue/import-glue.ts';
import { loadComponent } from '../../src/component/load-component.ts';
import type { Contract } from '../../src/contract/contract.ts';
import { sluiceEvent, sluiceEventBatch } from '../../src/contract/sluice-event.ts';
import { silentLogger } from '../../src/logger.ts';
import type { Glue } from '../../src/pool/guest/instance.ts';
import type { Ending } from '../../src/pool/wire/outcome-batch.ts';
import { limitLifting } from '../../src/pool/guest/lift-limit.ts';
import { buildGuest } from '../guests/build-guest.ts';
import { buildScript } from '../script/build-script.ts';
import { seededRandom } from '../seeded-random.ts';
import { type LoneEvent, LoneInstance, packed } from './lone-call.ts';
import { ambiguous, Chance, type Fault, faults, type Script, strict } from './scripted-answer.ts';

// The direct call and generated code are given the same events, each on an instance of its own, and must do the same: to the guest, whose
// memories are compared after each call, and to the event.

const SEED = Number(process.env['SLUICE_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const CALLS = process.env['SLUICE_LONG'] === '1' ? 1_000_000 : 44_000;
const MOST_BYTES = 8192;
const cacheDir = join(import.meta.dirname, '..', '..', '.cache', 'components');

// As in a worker.
process.env = Object.freeze({});
limitLifting(2 ** 28);

/** One component as it is called in both ways. */
interface Loaded {
  readonly component: Component;
  readonly glued: Component;
}

async function load(source: string, contracts: readonly Contract[]): Promise<Loaded> {
  const loading = { name: 'twin', source, contracts, provides, cacheDir, memoryBytes: 2 ** 24, log: silentLogger };
  const { signal } = new AbortController();
  const glued = await loadComponent({ ...loading, callPath: 'glue' }, signal);
  return { component: await loadComponent(loading, signal), glued };
}

/** Two instances of one component with one past. */
class Twins {
  readonly direct: LoneInstance;
  readonly glue: LoneInstance;

  constructor({ component, glued }: Loaded, glues: readonly [Glue, Glue], imports: Record<string, object>) {
    assert.ok(component.direct);
    assert.equal(glued.direct, undefined);
    this.direct = new LoneInstance(component, glues[0], imports, MOST_BYTES);
    this.glue = new LoneInstance(glued, glues[1], imports, MOST_BYTES);
  }

  get areSmall(): boolean {
    return this.direct.memories.every(({ buffer }) => buffer.byteLength <= 2 ** 17);
  }

  assertAlike(what: string): void {
    for (const [n, { buffer }] of this.direct.memories.entries()) {
      const other = this.glue.memories[n]?.buffer ?? new ArrayBuffer();
      assert.equal(Buffer.compare(Buffer.from(buffer), Buffer.from(other)), 0, `${what}: the memories differ`);
    }
  }
}

/** What both must agree on. */
function essence(endings: readonly Ending[]): unknown {
  return endings.map((ending) => {
    if (ending.kind === 'trapped') return { kind: ending.kind, cause: ending.cause };
    if (ending.kind !== 'completed') return ending;
    return ending.messages.map(({ to, key, contentType, headers, data }) => ({
      to,
      key: key && Buffer.from(key),
      contentType,
      headers,
      data: Buffer.from(data),
    }));
  });
}

const failed = (endings: readonly Ending[]): boolean => endings.some(({ kind }) => kind === 'trapped');

/** An event, and what its data tell the puppet. */
type Handed = readonly [event: LoneEvent, script: Script | undefined];

async function compare(loaded: Loaded, calls: number, next: (chance: Chance) => readonly Handed[]) {
  const { component, glued } = loaded;
  const chance = new Chance(seededRandom(SEED));
  const seen = new Map<string, number>();
  // Once: each import is code of its own, which would run cold.
  const glues = [(await importGlue(component.glue)) as Glue, (await importGlue(glued.glue)) as Glue] as const;
  const imports: Record<string, object> = {};
  for (const name of component.imports) {
    const capability = capabilities.find((each) => each.provides(name) !== undefined);
    imports[name] = (await capability?.bind(name, new CapabilityHost())) ?? {};
  }
  let twins = new Twins(loaded, glues, imports);
  for (let n = 0; n < calls; n++) {
    const events = next(chance);
    const what = `call ${n} of seed ${SEED}`;
    const batch = packed(events.map(([event]) => event));
    const direct = twins.direct.call(batch);
    const byGlue = twins.glue.call(batch);
    const has = (kind: ReadonlySet<Fault>): boolean =>
      events.some(([, script]) => script?.fault !== undefined && kind.has(script.fault));
    const isStrict = has(strict);
    if (isStrict && !failed(byGlue)) {
      assert.deepEqual(essence(direct), [{ kind: 'trapped', cause: 'malformed' }], what);
    } else if (!isStrict) {
      if (has(ambiguous)) assert.deepEqual(failed(direct), failed(byGlue), what);
      else assert.deepEqual(essence(direct), essence(byGlue), what);
      // A memory that has grown takes long to compare, and an engine is seeded by chance.
      if (component.imports.length === 0 && !failed(direct) && (n % 16 === 0 || twins.areSmall))
        twins.assertAlike(what);
    }
    for (const ending of direct) {
      const kind = ending.kind === 'trapped' ? ending.cause : ending.kind;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }
    if (failed(direct) || failed(byGlue)) twins = new Twins(loaded, glues, imports);
  }
  return seen;
}

/** That chance left nothing out. */
function assertAllKinds(seen: ReadonlyMap<string, number>): void {
  for (const kind of ['completed', 'failed', 'rejected', 'trap', 'malformed', 'output-too-large']) {
    assert.ok((seen.get(kind) ?? 0) > 10, `${kind} did not come up`);
  }
}

test(`a direct call does what generated code does (${CALLS} events, seed ${SEED})`, async (t) => {
  const loaded = await load(await buildGuest('puppet'), [sluiceEvent]);
  const seen = await compare(loaded, CALLS, (chance) => {
    const script = chance.one(0.6) ? chance.script() : undefined;
    return [[chance.event(script), script]];
  });
  t.diagnostic(JSON.stringify(Object.fromEntries(seen)));
  assertAllKinds(seen);
});

/** The puppet copies each answer of a batch to where it is aligned. */
const inBatches = faults.filter((fault) => fault !== 'answer alignment');

test(`a direct batch call does what generated code does (seed ${SEED})`, async (t) => {
  const loaded = await load(await buildGuest('puppet'), [sluiceEventBatch]);
  const seen = await compare(loaded, CALLS / 12, (chance) =>
    Array.from({ length: 1 + chance.int(6) }, () => {
      const script = chance.one(0.5) ? chance.script(inBatches) : undefined;
      return [chance.event(script), script] as const;
    }),
  );
  t.diagnostic(JSON.stringify(Object.fromEntries(seen)));
  assertAllKinds(seen);
});

/** An event that the puppet's rules mean nothing to. */
const any = (chance: Chance): readonly Handed[] => [[chance.event(), undefined]];

test(`a compiled guest is called directly as by generated code (seed ${SEED})`, async () => {
  const seen = await compare(await load(await buildGuest('echo'), [sluiceEvent]), CALLS / 20, any);
  assert.ok((seen.get('completed') ?? 0) > 1000);
});

test(`a QuickJS guest, which shares the memory of another module, is called directly as by generated code (seed ${SEED})`, async () => {
  const seen = await compare(await load(await buildScript('quick'), [sluiceEvent]), CALLS / 60, any);
  assert.ok((seen.get('completed') ?? 0) > 500);
});
