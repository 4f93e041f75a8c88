import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
// Not the package's entry: that loads a second transpiler and a minifier too.
import { $init as generatorReady, generate } from '@bytecodealliance/jco-transpile/component';
import { checkCore } from '../core/core-check.ts';
import { withoutCustomSections } from '../custom-sections.ts';
import { unsafeNameIn } from '../glue/glue-names.ts';
import { guardedGlue } from '../glue/guarded-glue.ts';
import { instantiationsIn } from '../glue/instantiations.ts';
import { StateOutOfReach, withStateExported } from '../core/state-exports.ts';
import type { AdaptTask, LimitedTask, TranspileAnswer, TranspileTask } from './transpile.ts';
import { GENERATED_NAME, GLUE_FILE, TASKLESS_FILE, transpileReason } from './transpile-plan.ts';
import { tasklessGlue } from '../glue/taskless-glue.ts';

// The entry of a process: see transpile.ts.

async function adapted({ core, adapter }: AdaptTask): Promise<TranspileAnswer> {
  const { componentNew } = await import('@bytecodealliance/jco-transpile/wasm-tools');
  const component = await componentNew(core, [['wasi_snapshot_preview1', adapter]]);
  return { kind: 'adapted', component: new Uint8Array(component) };
}

async function transpiled({ component, plan }: TranspileTask): Promise<TranspileAnswer> {
  // Custom sections mean nothing to the component, but the transpiler reads some.
  await generatorReady;
  const generated = generate(withoutCustomSections(component), plan);
  // It makes new arrays for them.
  const { [`${GENERATED_NAME}.js`]: glue, ...modules } = Object.fromEntries(generated.files) as Modules;
  if (glue === undefined) throw new Error('no code was generated');
  const text = new TextDecoder().decode(glue);
  const instances = instantiationsIn(text, Object.keys(modules));
  // Before V8 sees any of them.
  const { refusal, lasting } = checkCore(new Map(Object.entries(modules)), instances);
  if (refusal !== undefined) return { kind: 'refused', refusal };
  for (const module of Object.values(modules)) {
    const name = unsafeNameIn(new WebAssembly.Module(module));
    if (name !== undefined) return { kind: 'unsafe', name };
  }
  const { modules: kept, ...state } = lasting === undefined ? stateOf(modules) : { modules, lasting };
  const files = new Map([...codesOf(text), ...Object.entries(kept)]);
  return { kind: 'done', transpiled: { imports: generated.imports, instances, ...state, files } };
}

type Modules = Record<string, Uint8Array<ArrayBuffer>>;

/** The generated code in its final form: with tasks and, if possible, without. */
function codesOf(glue: string): [name: string, code: Uint8Array<ArrayBuffer>][] {
  const guarded = guardedGlue(glue);
  const taskless = tasklessGlue(guarded);
  const encoder = new TextEncoder();
  const codes: [string, Uint8Array<ArrayBuffer>][] = [[GLUE_FILE, encoder.encode(guarded)]];
  if (taskless !== undefined) codes.push([TASKLESS_FILE, encoder.encode(taskless)]);
  return codes;
}

/** The core modules with their state exported, or unchanged with the reason. */
function stateOf(modules: Modules): { readonly modules: Modules; readonly lasting?: string } {
  const exposed: Modules = {};
  for (const [name, module] of Object.entries(modules)) {
    try {
      exposed[name] = withStateExported(module);
    } catch (thrown) {
      if (!(thrown instanceof StateOutOfReach)) throw thrown;
      return { modules, lasting: `${name} has ${thrown.message}` };
    }
  }
  return { modules: exposed };
}

// Ctrl-C reaches every process of a terminal; the parent decides what happens to this one.
process.on('SIGINT', () => {});
const [{ limits, ...task }] = (await once(process, 'message')) as [LimitedTask];
// From now on the transpiler is on the stack.
const watch = new URL(`./transpile-watch${extname(import.meta.url)}`, import.meta.url);
await once(new Worker(watch, { workerData: limits }), 'online');
const answer = await ('core' in task ? adapted(task) : transpiled(task)).catch((thrown: unknown): TranspileAnswer => ({
  kind: 'failed',
  reason: transpileReason(thrown),
}));
process.send?.(answer);
