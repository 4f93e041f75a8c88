import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { DeadLetterStore } from '../../src/dispatch/dead-letters/dead-letter-store.ts';
import { StateFile } from '../../src/state/state-file.ts';
import { buildGuest } from '../guests/build-guest.ts';
import { put, textsOf } from '../queue-items.ts';
import { TemporaryApp } from '../temporary-app.ts';
import { FAR } from './far.ts';

interface Moment {
  /** Where Sluice dies: of the trigger, or of the output that its event goes to. */
  readonly trigger?: string;
  readonly output?: string;
  /** What the event does. */
  readonly word: string;
  /** Where its dead letter goes. Default: the store. */
  readonly deadLetter?: string;
  /** Where it ends. */
  readonly end: 'out' | 'far' | 'dead';
  readonly twice?: true;
  /** The component publishes while it runs: the text is what it publishes, the event's number. */
  readonly during?: true;
}

const moments: readonly Moment[] = [
  { trigger: 'taken', word: 'echo', end: 'out' },
  { trigger: 'settling accept', word: 'echo', end: 'out' },
  { trigger: 'settled accept', word: 'echo', end: 'out' },
  { trigger: 'settling retry', word: 'fail-until:3', end: 'out' },
  { trigger: 'settled retry', word: 'fail-until:3', end: 'out' },
  { trigger: 'settling drop', word: 'reject', end: 'dead' },
  { trigger: 'settled drop', word: 'reject', end: 'dead' },
  { trigger: 'settling accept', word: 'to:o7', end: 'far', twice: true },
  { output: 'publishing', word: 'to:o8', end: 'far' },
  { output: 'published', word: 'to:o9', end: 'far', twice: true },
  { output: 'published', word: 'reject', deadLetter: 'o10', end: 'far', twice: true },
  { output: 'publishing', word: 'send o11 t', during: true, end: 'far' },
  { output: 'published', word: 'send o12 t', during: true, end: 'far', twice: true },
  { trigger: 'settling accept', word: 'send o13 t', during: true, end: 'far', twice: true },
];

const toml = moments.map(
  ({ trigger = 'never', output = 'never', deadLetter = 'store', during }, n) => `
  [[trigger."./mortal.ts"]]
  name = "t${n}"
  queue = "q${n}"
  moment = "${trigger}"
  component = "${during ? 'publisher' : 'choose'}"
  dead_letter = "${deadLetter}"
  retry = { first = "1ms", max = "1ms" }
  [output.o${n}]
  type = "./mortal.ts"
  path = "far.db"
  moment = "${output}"`,
);

/** The component that publishes while it runs. */
const publisher = async (): Promise<string> => `
  [component.publisher]
  source = ${JSON.stringify(await buildGuest('contracts/publisher'))}
  allow.publish = { o11 = ["t"], o12 = ["t"], o13 = ["t"] }`;

/** What can't be committed with the settlement is there again when the process died in between. */
function copiesOf({ twice }: Moment, text: string): readonly string[] {
  return twice === true ? [text, text] : [text];
}

test('an event ends once, whichever step of its way the process was killed at', async () => {
  await using stack = new AsyncDisposableStack();
  const out = '[output.out]\ntype = "queue"\nqueue = "out"\ndedup = "0s"';
  const app = stack.use(
    await TemporaryApp.create({ guests: ['choose'], toml: [...toml, out, await publisher()].join('\n') }),
  );
  app.write('mortal.ts', `export { adapter } from ${JSON.stringify(join(import.meta.dirname, 'mortal.ts'))};`);
  const state = stack.use(app.openState());
  for (const [n, { word }] of moments.entries()) await put(state, `q${n}`, `${word} ${n}`);

  for (const n of moments.keys()) assert.equal((await app.run(['up', '--only', `t${n}`])).code, null);
  assert.equal((await app.run(['up', '--until-idle', '200ms'])).code, 0);

  const far = stack.use(StateFile.open(join(app.dir, 'far.db')));
  const ends: Readonly<Record<Moment['end'], readonly string[]>> = {
    out: textsOf(state, 'out'),
    far: textsOf(far, FAR),
    dead: new DeadLetterStore(state, () => 0).list(100).map(({ event }) => Buffer.from(event.data).toString()),
  };
  for (const [end, texts] of Object.entries(ends)) {
    const expected = moments.flatMap((moment, n) =>
      moment.end === end ? copiesOf(moment, moment.during ? String(n) : `${moment.word} ${n}`) : [],
    );
    assert.deepEqual(texts.toSorted(), expected.toSorted());
  }
  for (const n of moments.keys()) assert.deepEqual(textsOf(state, `q${n}`), []);
});
