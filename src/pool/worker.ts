import { parentPort, workerData } from 'node:worker_threads';
import { importGlue } from '../component/glue/import-glue.ts';
import { contractNamed } from '../contract/contracts.ts';
import { reasonOf } from '../errors.ts';
import type { Glue } from './guest/instance.ts';
import { Instances } from './guest/instances.ts';
import { limitLifting } from './guest/lift-limit.ts';
import { Reporter } from './guest/reporter.ts';
import { Requests } from './wire/requests.ts';
import { Runner } from './guest/runner.ts';
import { Deadlines, Turns } from './guest/turns.ts';
import { Claims } from './wire/claims.ts';
import { RunningMark } from './wire/running-mark.ts';
import type { FromThread, ThreadStart, ToThread } from './wire/thread-messages.ts';

// What a thread runs: the one place where WebAssembly runs.

/** The most that lifted values may hold together, beside what calls may return. Garbage alone reaches 128 MiB (measured). */
const LIFTING_BYTES = 256 * 1024 * 1024;

// A guest must see nothing of the process. Also, generated code reads JCO_DEBUG some twenty times a call, which takes 41 % of a call's time
// in a real environment (measured).
process.env = Object.freeze({});

// Started only by a ThreadHost.
const port = parentPort!;
const start = workerData as ThreadStart;
const { component } = start;

limitLifting(LIFTING_BYTES + 2 * start.outputBytes);

async function open(): Promise<void> {
  // The loader generated it with this shape.
  const glue = (await importGlue(component.glue)) as Glue;
  const contract = contractNamed(component.contract);
  const mark = new RunningMark(start.running);
  const reporter = new Reporter(port, start, component.suspends);
  const requests = new Requests(port);
  const deadlines = new Deadlines();
  const turns = new Turns(mark, deadlines);
  const instances = new Instances({ start, glue, contract, turns, requests, reporter });
  const { takesMany } = await instances.prepare();
  const runner = new Runner({
    concurrency: start.instances,
    suspends: component.suspends,
    takesMany,
    outputBytes: start.outputBytes,
    instances,
    claims: new Claims(start.claims),
    mark,
    turns,
    deadlines,
    reporter,
  });
  port.on('message', (message: ToThread) => {
    if (message.kind === 'events') runner.accept(message.buffer);
    else if (message.kind === 'heard') runner.heard(message.bytes);
    else requests.answer(message);
  });
}

try {
  await open();
  tell({ kind: 'ready' });
} catch (thrown) {
  tell({ kind: 'unfit', reason: reasonOf(thrown) });
}

function tell(message: FromThread): void {
  port.postMessage(message);
}
