import { ForbiddenInstruction, type FunctionShape, shapeOf } from './code-shape.ts';
import { limitsIn } from './core-limits.ts';
import { signaturesIn } from './signatures.ts';
import { PREAMBLE_BYTES, WasmReader } from '../wasm-reader.ts';

/** Why a component is rejected: it uses a feature that components don't need, or it is too large for V8 to compile within bounds. */
export interface Refusal {
  readonly kind: 'feature' | 'size';
  readonly what: string;
}

/**
 * Limits of a core module, and of all core modules of a component together. V8 compiles off the guest's thread and past the guest's deadline,
 * so only these limits bound the compilation. Each is at least four times what the largest known module has (in brackets: StarlingMonkey,
 * jco's own tools, QuickJS, Go).
 */
const most = {
  /** Bytes of one function's body. [181,477] */
  bodyBytes: 1024 * 1024,
  /** Locals of one function. [483] */
  locals: 10_000,
  /**
   * Sum of the locals and operands at the branches of one function. V8's baseline compiler records the location of each one at each branch, in 15 to
   * 25 bytes of code (measured): at most 100 MB. [483,096]
   */
  branchValues: 4_000_000,
  /** The same for all functions of a component: at most 0.8 GB. Components built to just pass took 90 MiB and 1.1 s. [7,426,045] */
  allBranchValues: 32_000_000,
} as const;

/** Entries of sections, by their id: https://webassembly.github.io/spec/core/binary/modules.html#sections */
const sections: ReadonlyMap<number, { readonly name: string; readonly most: number }> = new Map([
  // V8 keeps every type as long as the process lives. [174]
  [1, { name: 'types', most: 5_000 }],
  // [97; libraries that are linked dynamically have thousands]
  [2, { name: 'imports', most: 20_000 }],
  // [19,851]
  [3, { name: 'functions', most: 200_000 }],
  // [1]
  [4, { name: 'tables', most: 100 }],
  // Each takes 8 GiB of address space in every instance; a process has 128 TiB. [1]
  [5, { name: 'memories', most: 8 }],
  // [8; imports of dynamic libraries are among them]
  [6, { name: 'globals', most: 20_000 }],
  // [70]
  [7, { name: 'exports', most: 20_000 }],
  // [1]
  [9, { name: 'element segments', most: 10_000 }],
  // [6,714]
  [11, { name: 'data segments', most: 100_000 }],
]);

/** Core modules of one instance of a component: its own, adapters and linked ones. [Python: some 30] */
const MOST_INSTANCES = 500;
/** Their memories together. */
const MOST_MEMORIES = 32;

const TYPE_SECTION = 1;
const CODE_SECTION = 10;
const FUNCTION_TYPE = 0x60;
const SHARED = 0x02;
const ADDRESS_64 = 0x04;

/** The result of reading all code of a component's core modules. */
export interface CoreCheck {
  /** Why they are rejected. Absent: they are accepted. */
  readonly refusal?: Refusal;
  /** The first instruction whose effect can't be reset from outside (see FunctionShape.lasting), and its module. */
  readonly lasting?: string;
}

/**
 * Reads all code of a component's core modules, at some 10 MB/s. `instances` says how often one instance of the component instantiates each. Throws
 * MalformedWasm.
 */
export function checkCore(
  modules: ReadonlyMap<string, Uint8Array>,
  instances: Readonly<Record<string, number>>,
): CoreCheck {
  const total = Object.values(instances).reduce((sum, count) => sum + count, 0);
  if (total > MOST_INSTANCES) return { refusal: tooMuch('core instances', total, MOST_INSTANCES) };
  let branchValues = 0;
  let memories = 0;
  let lasting: string | undefined;
  for (const [name, module] of modules) {
    const refusal = declarationRefused(module);
    if (refusal !== undefined) return { refusal };
    memories += limitsIn(module).filter(({ kind }) => kind === 'memory').length * (instances[name] ?? 0);
    try {
      for (const shape of shapesIn(module)) {
        const refusal = functionRefused(shape);
        if (refusal !== undefined) return { refusal };
        branchValues += shape.branchValues;
        if (shape.lasting !== undefined) lasting ??= `${name} uses ${shape.lasting}`;
      }
    } catch (thrown) {
      if (thrown instanceof ForbiddenInstruction) return { refusal: { kind: 'feature', what: thrown.message } };
      throw thrown;
    }
  }
  const refusal =
    over('memories in one instance', memories, MOST_MEMORIES) ??
    over('values at branches, in all functions together', branchValues, most.allBranchValues);
  if (refusal !== undefined) return { refusal };
  return lasting === undefined ? {} : { lasting };
}

/** What a module declares before its code. */
function declarationRefused(module: Uint8Array): Refusal | undefined {
  for (const { id, content } of new WasmReader(module, PREAMBLE_BYTES).sections()) {
    const section = sections.get(id);
    if (section === undefined) continue;
    const count = content.u32();
    if (count > section.most) return tooMuch(section.name, count, section.most);
    if (id === TYPE_SECTION && !onlyFunctions(content, count))
      return { kind: 'feature', what: 'garbage-collected types' };
  }
  for (const { kind, flags } of limitsIn(module)) {
    if ((flags & SHARED) !== 0) return { kind: 'feature', what: `a shared ${kind}` };
    if ((flags & ADDRESS_64) !== 0) return { kind: 'feature', what: `a ${kind} of 64-bit addresses` };
  }
}

/** Structs, arrays, continuations and groups of types have other forms. */
function onlyFunctions(types: WasmReader, count: number): boolean {
  for (let left = count; left > 0; left--) {
    if (types.byte() !== FUNCTION_TYPE) return false;
    for (const _list of ['parameters', 'results']) {
      for (let values = types.u32(); values > 0; values--) types.skipValueType();
    }
  }
  return true;
}

function* shapesIn(module: Uint8Array): Generator<FunctionShape> {
  const signatures = signaturesIn(module);
  const { defined } = signatures;
  for (const { id, content } of new WasmReader(module, PREAMBLE_BYTES).sections()) {
    if (id !== CODE_SECTION) continue;
    let index = 0;
    for (let left = content.u32(); left > 0; left--) {
      const bytes = content.u32();
      const start = content.at;
      content.take(bytes);
      const type = defined[index++] ?? -1;
      yield shapeOf(new WasmReader(module, start, start + bytes), type, signatures);
    }
  }
}

function functionRefused({ bytes, locals, branchValues }: FunctionShape): Refusal | undefined {
  return (
    over('bytes in one function', bytes, most.bodyBytes) ??
    over('locals in one function', locals, most.locals) ??
    over('values at branches of one function', branchValues, most.branchValues)
  );
}

function over(what: string, got: number, most: number): Refusal | undefined {
  return got > most ? tooMuch(what, got, most) : undefined;
}

function tooMuch(what: string, got: number, most: number): Refusal {
  return { kind: 'size', what: `${got} ${what}, where ${most} are let in` };
}
