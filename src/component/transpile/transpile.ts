import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { type ErrorPlace, reasonOf, SluiceError } from '../../errors.ts';
import type { Refusal } from '../core/core-check.ts';
import type { Transpiled, TranspilePlan } from './transpile-plan.ts';

/** A component that is to be transpiled. */
export interface TranspileTask {
  readonly component: Uint8Array;
  readonly plan: TranspilePlan;
}

/** A core module to make a component of, and the module that adapts its imports of WASI preview 1. */
export interface AdaptTask {
  readonly core: Uint8Array;
  readonly adapter: Uint8Array;
}

/** Limits of the process. */
export interface TranspileLimits {
  /** Processor time in milliseconds, so that a busy machine rejects no component. */
  readonly cpuMs: number;
  /** Memory of the process. */
  readonly bytes: number;
}

/** The input of the process. */
export type LimitedTask = (TranspileTask | AdaptTask) & { readonly limits: TranspileLimits };

/** Its answer: one message, after which it is ended. */
export type TranspileAnswer =
  | { readonly kind: 'done'; readonly transpiled: Transpiled }
  | { readonly kind: 'adapted'; readonly component: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'unsafe'; readonly name: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'failed'; readonly reason: string };

/** Large interpreters take 10 s; a hostile component of 1 KB could take years, since its parts may contain each other many times. */
const MOST_CPU_MS = 60_000;
/** Measured: 130 MiB, and ten times the component's own size. */
const MOST_BYTES = 512 * 2 ** 20;
const MOST_BYTES_PER_BYTE = 32;

const ENTRY = new URL(`./transpile-process${extname(import.meta.url)}`, import.meta.url);

/**
 * Transpiles in a child process, which takes 0.3 to 2 s. The transpiler uses 100 MB and more, which a thread would not release (measured: 120 MB),
 * and a component that is too large for it must not end Sluice. Rejects with SLU2002 when the transpiler rejects the component, SLU2008 when its
 * names are unsafe, SLU2011 or SLU2012 when a core module is rejected, SLU2012 when the process exceeds `limits`, and the signal's reason when
 * aborted.
 */
export async function transpile(
  task: TranspileTask,
  place: ErrorPlace,
  signal: AbortSignal,
  limits: TranspileLimits = limitsFor(task.component.length),
): Promise<Transpiled> {
  const answer = await ask({ ...task, limits }, signal);
  if (answer.kind === 'done') return answer.transpiled;
  if (answer.kind === 'refused') throw refused(answer.refusal, place);
  if (answer.kind === 'unsafe') {
    throw new SluiceError(
      'SLU2008',
      `a core module has a name that no toolchain makes: ${JSON.stringify(answer.name)}`,
      {
        place,
        fix: 'do not run this component before you know where it comes from',
      },
    );
  }
  throw new SluiceError('SLU2002', `the component can't be transpiled: ${reasonOfFailure(answer)}`, {
    place,
    fix: 'build it again; if it runs elsewhere, it uses something newer than Sluice supports',
  });
}

/**
 * Makes a component of a core module, in a child process as `transpile` does. Rejects with SLU2002 when that is impossible, SLU2012 when the process
 * exceeds its limits, and the signal's reason when aborted.
 */
export async function adapt(task: AdaptTask, place: ErrorPlace, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await ask({ ...task, limits: limitsFor(task.core.length) }, signal);
  if (answer.kind === 'adapted') return answer.component;
  if (answer.kind === 'refused') throw refused(answer.refusal, place);
  throw new SluiceError('SLU2002', `the core module can't be made a component: ${reasonOfFailure(answer)}`, {
    place,
    fix: 'build it for WASI preview 1 (wasm32-wasip1), or as a component (wasm32-wasip2)',
  });
}

function reasonOfFailure(answer: TranspileAnswer): string {
  return answer.kind === 'failed' ? answer.reason : 'the transpiler answered something else';
}

async function ask(task: LimitedTask, signal: AbortSignal): Promise<TranspileAnswer> {
  signal.throwIfAborted();
  const child = fork(ENTRY, {
    serialization: 'advanced',
    // Its output (a panic's stack) helps no reader.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    // It ends before optimised code would pay off: half the CPU time without (measured).
    execArgv: ['--liftoff-only'],
  });
  return await answerOf(child, task, signal).finally(() => child.kill('SIGKILL'));
}

function limitsFor(componentBytes: number): TranspileLimits {
  return { cpuMs: MOST_CPU_MS, bytes: MOST_BYTES + MOST_BYTES_PER_BYTE * componentBytes };
}

/** The meaning of its end: transpile-watch.ts ends it with two signals of its own. */
function endingOf(killedBy: NodeJS.Signals | null, code: number | null, limits: TranspileLimits): TranspileAnswer {
  const tooMuch = (what: string): TranspileAnswer => ({ kind: 'refused', refusal: { kind: 'size', what } });
  if (killedBy === 'SIGXCPU') return tooMuch(`so much in it that transpiling takes more than ${limits.cpuMs / 1000} s`);
  if (killedBy === 'SIGUSR2')
    return tooMuch(`so much in it that transpiling takes more than ${Math.ceil(limits.bytes / 2 ** 20)} MiB`);
  return { kind: 'failed', reason: `the transpiler ended with ${killedBy ?? `exit code ${code}`}` };
}

function refused({ kind, what }: Refusal, place: ErrorPlace): SluiceError {
  if (kind === 'feature') {
    return new SluiceError('SLU2011', `the component uses ${what}, which no component is let in with`, {
      place,
      fix: 'build it for wasm32-wasip2, or without that feature of WebAssembly',
    });
  }
  return new SluiceError('SLU2012', `the component has ${what}`, {
    place,
    fix: 'build it with optimisation, and see what generated such a function; do not run it before you know where it comes from',
  });
}

async function answerOf(child: ChildProcess, task: LimitedTask, signal: AbortSignal): Promise<TranspileAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<TranspileAnswer>();
  const failed = (reason: string): void => resolve({ kind: 'failed', reason });
  const giveUp = (): void => reject(signal.reason);
  // The only message that it sends.
  child.once('message', (answer) => resolve(answer as TranspileAnswer));
  child.once('error', (thrown) => failed(reasonOf(thrown)));
  child.once('exit', (code, killedBy) => resolve(endingOf(killedBy, code, task.limits)));
  signal.addEventListener('abort', giveUp);
  try {
    child.send(task, (thrown) => thrown && failed(reasonOf(thrown)));
    return await promise;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
