import { closeSync, openSync } from 'node:fs';
import { openPool } from '../../src/pool/testing/guest-pool.ts';
import { runAll, ToldCall } from '../../src/pool/testing/told-call.ts';

// Run with a low limit of open files: ends a pool's child process while no other can be started, and prints what became of the calls.

const taken: number[] = [];

function takeAllDescriptors(): void {
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch {
    // There are no more.
  }
}

const ends: string[] = [];
await using pool = await openPool('choose', {
  host: 'process',
  threadEnded: (reason) => {
    ends.push(reason);
    if (reason === 'unfit') for (const fd of taken.splice(0)) closeSync(fd);
  },
});
takeAllDescriptors();
const calls = ['spin', 'ok'].map((text) => new ToldCall(text, { timeoutMs: 300 }));
const outcomes = await runAll(pool, calls);
console.log(JSON.stringify({ ends, outcomes: outcomes.map(({ kind }) => kind) }));
