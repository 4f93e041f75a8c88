import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type ErrorPlace, reasonOf, SluiceError } from '../errors.ts';
import type { TranspilePlan } from './transpile-plan.ts';
import type { Transpiled } from './transpiled.ts';

/** What the thread is given. */
export interface TranspileTask {
  readonly component: Uint8Array;
  readonly plan: TranspilePlan;
}

/** What it answers: one message, then it is ended. */
export type TranspileAnswer =
  | { readonly kind: 'done'; readonly transpiled: Transpiled }
  | { readonly kind: 'unsafe'; readonly name: string }
  | { readonly kind: 'failed'; readonly reason: string };

const WORKER = new URL(`./transpile-worker${extname(import.meta.url)}`, import.meta.url);

/**
 * Transpiles in a thread that ends with it: it takes 0.1 to 1 s of CPU, and some 100 MB that are wanted back. Rejects with SLU2002 when the
 * transpiler refuses the component, SLU2008 when its names are unsafe, and the signal's reason when aborted.
 */
export async function transpile(task: TranspileTask, place: ErrorPlace, signal: AbortSignal): Promise<Transpiled> {
  signal.throwIfAborted();
  // What it prints (a panic's stack) is no news to anybody.
  await using worker = new Worker(WORKER, { workerData: task, stdout: true, stderr: true });
  const answer = await answerOf(worker, signal);
  if (answer.kind === 'done') return answer.transpiled;
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
  throw new SluiceError('SLU2002', `the component can't be transpiled: ${answer.reason}`, {
    place,
    fix: 'build it again; if it runs elsewhere, see whether it uses something newer than Sluice supports: sluice inspect',
  });
}

async function answerOf(worker: Worker, signal: AbortSignal): Promise<TranspileAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<TranspileAnswer>();
  const failed = (reason: string): void => resolve({ kind: 'failed', reason });
  const giveUp = (): void => reject(signal.reason);
  worker.once('message', resolve);
  worker.once('error', (thrown) => failed(reasonOf(thrown)));
  worker.once('exit', (code) => failed(`its thread ended with code ${code}`));
  signal.addEventListener('abort', giveUp);
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
