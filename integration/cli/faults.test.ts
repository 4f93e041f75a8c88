import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TemporaryApp } from '../temporary-app.ts';

/** An adapter of somebody else with a mistake where nobody catches it; its source has nothing to give. */
const adapterThat = (fails: string): string => `
  import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
  const supports = { durable: true, retryAfter: false, attempts: true, ordered: false, headers: true, atomicOutputs: false };
  const take = (_max, stop) => {
    ${fails};
    return new Promise((resolve) => stop.addEventListener('abort', () => resolve([])));
  };
  const open = async () => ({ supports, take, [Symbol.asyncDispose]: async () => {} });
  const trigger = { schema: z.strictObject({}), open, destination: () => 'nowhere' };
  export const adapter = { type: 'faulty', summary: 'Throws.', trigger };`;

for (const [where, fails] of [
  ['in a timer', "setTimeout(() => { throw new TypeError('a mistake of the adapter') }, 10)"],
  ['in a promise that nobody waits for', "void Promise.reject(new TypeError('a mistake of the adapter'))"],
  [
    'in a handler of a signal',
    "process.once('SIGUSR2', () => { throw new TypeError('a mistake of the adapter') }); process.kill(process.pid, 'SIGUSR2')",
  ],
] as const) {
  test(`what is thrown ${where} ends the process with SLU9001, exit code 70, what is left where, and no stack unless asked for`, async () => {
    const toml = '[[trigger."./faulty.ts"]]\nname = "in"\ncomponent = "accepts"';
    using app = await TemporaryApp.create({ guests: ['accepts'], toml });
    app.write('faulty.ts', adapterThat(fails));
    const { code, stderr } = await app.run(['up']);
    assert.equal(code, 70, stderr);
    assert.match(stderr, /SLU9001/);
    assert.match(stderr, /a mistake of the adapter/);
    assert.match(stderr, /unsettled events will be delivered again/);
    assert.doesNotMatch(stderr, /\n\s+at /);
    const told = await app.run(['up', '--verbose']);
    assert.deepEqual([told.code, /\n\s+at .*faulty\.ts/.test(told.stderr)], [70, true], told.stderr);
  });
}
