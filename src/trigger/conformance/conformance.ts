import { attempts } from './cases/attempts.ts';
import { atomicOutputs } from './cases/atomic-outputs.ts';
import { backlog } from './cases/backlog.ts';
import type { PublisherSupports } from '../../publisher.ts';
import type { TriggerSupports } from '../trigger.ts';
import type { Case, Needs } from './cases/case.ts';
import { dispose } from './cases/dispose.ts';
import { durability } from './cases/durability.ts';
import { fidelity } from './cases/fidelity.ts';
import { order } from './cases/order.ts';
import { positions } from './cases/positions.ts';
import { publisher } from './cases/publisher.ts';
import { settle } from './cases/settle.ts';
import type { Subject } from './subject.ts';
import { take } from './cases/take.ts';
import { Trial } from './trial.ts';

/** `test` of node:test, or of a runner like it. */
export type TestFunction = (name: string, run: (context: { skip(reason: string): void }) => Promise<void>) => unknown;

const cases: readonly Case[] = [
  ...take,
  ...fidelity,
  ...settle,
  ...attempts,
  ...positions,
  ...durability,
  ...order,
  ...dispose,
  ...backlog,
  ...publisher,
  ...atomicOutputs,
];

/** The subject of the kit's tests. */
export const claims: readonly string[] = cases.map(({ claim }) => claim);

/**
 * Declares the tests that every adapter must pass, for one adapter. They test what its trigger and publisher promise in `supports`, and skip the
 * rest; a skip says which promise is missing.
 *
 *     import { test } from 'node:test';
 *     import { conformance } from 'sluice/conformance';
 *
 *     conformance(test, { name: 'sqs', setUp: async () => new SqsRig() });
 */
export function conformance(test: TestFunction, subject: Subject): void {
  let declared: Promise<Declared> | undefined;
  for (const { claim, needs = {}, run } of cases) {
    test(`${subject.name}: ${claim}`, async (context) => {
      declared ??= readDeclared(subject);
      const missing = firstMissing(needs, await declared, subject);
      if (missing !== undefined) return context.skip(missing);
      await using trial = await Trial.begin(subject);
      await run(trial);
    });
  }
}

/** The adapter's promises. */
interface Declared {
  readonly trigger: TriggerSupports;
  readonly backlog: boolean;
  readonly publisher: PublisherSupports | undefined;
}

async function readDeclared(subject: Subject): Promise<Declared> {
  await using trial = await Trial.begin(subject);
  const trigger = await trial.openTrigger();
  return {
    trigger: trigger.supports,
    backlog: 'backlog' in trigger,
    publisher: subject.cannot?.publish === undefined ? (await trial.openPublisher()).supports : undefined,
  };
}

function firstMissing(
  needs: Needs,
  { trigger, backlog, publisher }: Declared,
  { cannot = {} }: Subject,
): string | undefined {
  const ability = needs.rig?.find((name) => cannot[name] !== undefined);
  if (ability !== undefined) return `can't ${ability}: ${cannot[ability]}`;
  const promise = needs.trigger?.find((name) => trigger[name] === undefined || trigger[name] === false);
  if (promise !== undefined) return `the trigger does not promise '${promise}'`;
  if (needs.confirmed && trigger.settlesLater === true) return 'the trigger settles later: a crash repeats a moment';
  if (needs.backlog && !backlog) return 'the trigger does not tell its backlog';
  if (needs.publisher === undefined) return undefined;
  if (publisher === undefined) return `can't publish: ${cannot.publish}`;
  const absent = needs.publisher.find((name) => !publisher[name]);
  return absent === undefined ? undefined : `the publisher does not promise '${absent}'`;
}
