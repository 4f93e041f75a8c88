import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { capabilities, provides } from '../../src/capability/capabilities.ts';
import type { CapabilityService } from '../../src/capability/capability.ts';
import { LoneInstance as CapabilityHost } from '../../src/capability/testing/lone-instance.ts';
import type { Component } from '../../src/component/component.ts';
import { importGlue } from '../../src/component/glue/import-glue.ts';
import { loadComponent } from '../../src/component/load-component.ts';
import { sluiceEvent } from '../../src/contract/sluice-event.ts';
import { silentLogger } from '../../src/logger.ts';
import type { Glue } from '../../src/pool/guest/instance.ts';
import { limitLifting } from '../../src/pool/guest/lift-limit.ts';
import type { Ending } from '../../src/pool/wire/outcome-batch.ts';
import { seededRandom } from '../seeded-random.ts';
import { buildText } from '../sandbox/build-text.ts';
import { LoneInstance, packed } from './lone-call.ts';
import { Chance } from './scripted-answer.ts';
import { ProgramWriter } from './scripted-imports.ts';

// Imports of a guest that is called directly and of one that generated code calls are given the same arguments, and their host answers alike: they
// must do the same to the host, to the guest, whose memories are compared after each call, and to the event.

const SEED = Number(process.env['SLUICE_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const LONG = process.env['SLUICE_LONG'] === '1';
const MOST_BYTES = 2 ** 20;
const cacheDir = join(import.meta.dirname, '..', '..', '.cache', 'components');

// As in a worker.
process.env = Object.freeze({});
limitLifting(2 ** 28);

const TEXT = readFileSync(join(import.meta.dirname, 'imports.wat'), 'utf8');

/** The guest without the imports that wait. */
const SYNCHRONOUS = TEXT.replace(
  /^ *\(import "wasi:keyvalue\/(?:store|atomics)@0\.2\.0-draft" "(?:\[method\].*|increment)" \((func \$\S+ .*)\)\)$/gm,
  '',
).replace('(memory (export "memory")', (memory) => {
  const stub = (name: string, params: string): string => `(func $${name} (param ${params}))`;
  return [
    stub('get', 'i32 i32 i32 i32'),
    stub('set', 'i32 i32 i32 i32 i32 i32'),
    stub('exists', 'i32 i32 i32 i32'),
    stub('delete', 'i32 i32 i32 i32'),
    stub('increment', 'i32 i32 i32 i64 i32'),
    memory,
  ].join('\n');
});

/** What a host was asked for. */
class Host {
  readonly capability: CapabilityHost;
  readonly asked: unknown[] = [];

  /** `answers`: decides what it answers. */
  constructor(answers: Chance) {
    const service: CapabilityService = async (method, args) => {
      this.asked.push([method, ...args]);
      if (answers.one(0.1)) throw new Error(answers.text());
      if (method === 'exists') return answers.one(0.5);
      if (method === 'increment') return BigInt(answers.int(2 ** 32)) << 31n;
      return method === 'get' && answers.one(0.8) ? answers.data() : undefined;
    };
    // Values of the lengths that mean something to the guest's allocator are among them.
    const config = Object.fromEntries(['', 'x', 'xx', 'a', '0', 'Z', 'é'].map((key) => [key, answers.text()]));
    const env = { [answers.text().replaceAll('\0', '')]: answers.text() };
    this.capability = new CapabilityHost({ grants: { config, env, keyvalue: ['default'] }, service });
  }

  async imports({ imports }: Component, answers: Chance): Promise<Record<string, object>> {
    const bound: Record<string, object> = {};
    for (const name of imports) {
      bound[name] = (await capabilities.find((each) => each.provides(name))?.bind(name, this.capability)) ?? {};
      // What no two hosts answer alike.
      if (name.includes('monotonic')) bound[name] = { now: () => BigInt(answers.int(2 ** 32)) };
      if (name.includes('wall-clock'))
        bound[name] = { now: () => ({ seconds: BigInt(answers.int(2 ** 32)), nanoseconds: answers.int(1e9) }) };
      if (name.includes('random')) {
        bound[name] = { getRandomU64: () => BigInt(answers.int(2 ** 32)) << 32n, getRandomBytes: () => answers.data() };
      }
    }
    return bound;
  }

  /** What it was asked for and has logged since the last time. */
  take(): unknown {
    this.capability.endCall();
    return { asked: this.asked.splice(0), lines: this.capability.lines.splice(0) };
  }
}

interface Way {
  readonly component: Component;
  readonly glue: Glue;
}

async function load(source: string): Promise<readonly [direct: Way, glue: Way]> {
  const loading = {
    name: 'twin',
    source,
    contracts: [sluiceEvent],
    provides,
    cacheDir,
    memoryBytes: 2 ** 24,
    log: silentLogger,
  };
  const { signal } = new AbortController();
  const components = [
    await loadComponent(loading, signal),
    await loadComponent({ ...loading, callPath: 'glue' }, signal),
  ] as const;
  assert.deepEqual(
    components.map(({ direct }) => direct?.inTask),
    [false, undefined],
  );
  // Its shape is the loader's.
  const way = async (component: Component): Promise<Way> => ({
    component,
    glue: (await importGlue(component.glue)) as Glue,
  });
  return [await way(components[0]), await way(components[1])];
}

class Twin {
  readonly #instance: LoneInstance;
  readonly host: Host;

  private constructor(instance: LoneInstance, host: Host) {
    this.#instance = instance;
    this.host = host;
  }

  static async make({ component, glue }: Way, seed: number): Promise<Twin> {
    const answers = new Chance(seededRandom(seed));
    const host = new Host(answers);
    return new Twin(new LoneInstance(component, glue, await host.imports(component, answers), MOST_BYTES), host);
  }

  async call(batch: ReturnType<typeof packed>): Promise<{ endings: readonly Ending[]; host: unknown }> {
    const endings = await this.#instance.callLater(batch);
    return { endings, host: this.host.take() };
  }

  get memory(): Buffer {
    return Buffer.concat(this.#instance.memories.map(({ buffer }) => Buffer.from(buffer)));
  }
}

/** What both must agree on: each says in its own words what went wrong. */
function essence(endings: readonly Ending[]): unknown {
  return endings.map((ending) => {
    if (ending.kind === 'completed') return ending.messages.map(({ data }) => Buffer.from(data));
    return ending.kind === 'trapped' ? ending.cause : ending;
  });
}

async function compare(source: string, calls: number, waits: boolean): Promise<Map<string, number>> {
  const ways = await load(source);
  assert.equal(ways[0].component.suspends, waits);
  const chance = new Chance(seededRandom(SEED));
  const programs = new ProgramWriter(chance, waits);
  const seen = new Map<string, number>();
  const make = (seed: number) => Promise.all([Twin.make(ways[0], seed), Twin.make(ways[1], seed)]);
  let [direct, glue] = await make(SEED);
  for (let n = 0; n < calls; n++) {
    const what = `call ${n} of seed ${SEED}`;
    const batch = packed([
      { event: { id: '1', source: 's', subject: 's', time: 0n, headers: [], data: programs.next() }, attempt: 1 },
    ]);
    const [done, expected] = [await direct.call(batch), await glue.call(batch)];
    assert.deepEqual(essence(done.endings), essence(expected.endings), what);
    assert.deepEqual(done.host, expected.host, what);
    const [ending] = done.endings;
    const kind = ending?.kind === 'trapped' ? ending.cause : String(ending?.kind);
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
    // One that failed is not used again, and half of an event may be in it.
    if (kind === 'completed')
      assert.equal(Buffer.compare(direct.memory, glue.memory), 0, `${what}: the memories differ`);
    // A memory that has grown takes long to compare.
    if (kind !== 'completed' || n % 100 === 99) [direct, glue] = await make(SEED + n);
  }
  return seen;
}

function assertAllKinds(seen: ReadonlyMap<string, number>): void {
  for (const kind of ['completed', 'trap', 'malformed']) assert.ok(seen.has(kind), `${kind} did not come up`);
}

const CALLS = LONG ? 300_000 : 5000;
test(`imports of a guest that is called directly do what those of generated code do (${CALLS} events, seed ${SEED})`, async (t) => {
  const seen = await compare(await buildText('imports', SYNCHRONOUS), CALLS, false);
  t.diagnostic(JSON.stringify(Object.fromEntries(seen)));
  assertAllKinds(seen);
});

const WAITING = LONG ? 100_000 : 2000;
test(`imports that wait do, too (${WAITING} events, seed ${SEED})`, async (t) => {
  const seen = await compare(await buildText('imports-waiting', TEXT), WAITING, true);
  t.diagnostic(JSON.stringify(Object.fromEntries(seen)));
  assertAllKinds(seen);
});
