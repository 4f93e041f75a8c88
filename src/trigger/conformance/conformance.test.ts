import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claims, conformance, type TestFunction } from './conformance.ts';
import { LaterMemoryRig, MemoryRig } from './testing/memory-rig.ts';
import type { Fault } from './testing/memory-source.ts';
import type { Subject } from './subject.ts';

interface Results {
  readonly failed: string[];
  readonly skipped: Map<string, string>;
  passed: number;
}

/** Runs the kit by itself, and tells what became of its tests. */
async function resultsOf(subject: Subject): Promise<Results> {
  const results: Results = { failed: [], skipped: new Map(), passed: 0 };
  const runs: Promise<void>[] = [];
  const collect: TestFunction = (name, run) => {
    const claim = name.replace(`${subject.name}: `, '');
    const skip = (reason: string): void => void results.skipped.set(claim, reason);
    const passed = (): void => void (results.skipped.has(claim) || (results.passed += 1));
    runs.push(run({ skip }).then(passed, () => void results.failed.push(claim)));
  };
  conformance(collect, subject);
  await Promise.all(runs);
  return results;
}

function faulty(...faults: readonly Fault[]): Subject {
  return { name: 'memory', patienceMs: 300, quietMs: 5, setUp: async () => new MemoryRig(...faults) };
}

conformance(test, { ...faulty(), patienceMs: 10_000 });
conformance(test, {
  ...faulty(),
  name: 'memory that settles later',
  patienceMs: 10_000,
  setUp: async () => new LaterMemoryRig(),
});

const found: Readonly<Record<Fault, string>> = {
  'accepts in vain': 'accept is for good: the event never comes again, not even to the next trigger',
  'bites off data': 'data arrives byte for byte: none, one byte, bytes that are no UTF-8, 1 MiB',
  'charges a release': 'a released event was not charged: its next attempt has the same number',
  'counts no attempts': 'the first attempt is number 1, and each retry counts one more',
  'forgets on dispose': 'what a disposed trigger had not given out is there for the next, at once',
  'gives more than asked':
    'take resolves with at least one delivery and never more than asked for, until each event was given once',
  'gives to many':
    'take resolves with at least one delivery and never more than asked for, until each event was given once',
  'has a backlog always': 'the backlog is empty when everything was settled',
  'ignores ids of messages': 'a message whose id was published before is not stored twice, in one publish or in two',
  'ignores its signal': 'publish rejects when its signal is aborted already, and publishes nothing',
  'keeps what it has': 'a trigger that drains gives out what it had when stop was aborted, and then none',
  'lets late ones settle': 'accept with outputs that comes too late is refused, and publishes nothing',
  'lets others overtake': 'after a retry nothing of its lane comes before it, and then the lane goes on in order',
  'loses keys': 'a key arrives byte for byte, and no key is no key',
  'loses the case of headers':
    'headers arrive as they were sent: in order, in their case, with repeated names and awkward values',
  'loses what it holds': 'what was taken and not settled comes again after a crash, as the same event',
  'moves what it delivers again':
    'the position of an event is the same at every delivery: after a retry, after a release, and for the next trigger',
  'publishes first': 'accept with outputs that comes too late is refused, and publishes nothing',
  'publishes out of order': 'publish resolves when every message is at the destination, once and in order',
  'retries early': 'retry brings the same event again after its delay, and not before',
  'reuses ids': 'every event has an id of its own, a source, and a time that is not negative',
  'fails the others with one': 'a delivery that cannot be settled leaves the others of its call as they are asked for',
  'settles all as the first': 'one call settles each of its deliveries as it is asked to',
  'settles the first of a call alone': 'accept is for good: the event never comes again, not even to the next trigger',
  'tells of no failure': 'a second settlement of a delivery is a TypeError, and changes nothing',
  'settles twice': 'a second settlement of a delivery is a TypeError, and changes nothing',
  'takes the id for the position':
    'every event has a position of its own, in printable ASCII, even where senders give the same id',
  'blames the destination':
    'a message that the destination never takes is refused as its own fault, and others are published',
  'commits nothing of what it noted':
    'what was settled for good a while before a crash does not come again, though settlements are confirmed later',
  'counts a retry as ready': 'an event that waits for its retry is in the backlog as waiting, not as ready',
  'does not wait': 'take waits while there is nothing, and resolves when something comes',
  'forgets releases': 'release gives the event to the next that asks',
  'forgets retries': 'retry without a delay brings the event again at once',
  'gives the last first': 'a lane comes again in order after a crash',
  'ignores the cancel signal':
    'a settlement that waits for a silent source ends when it is cancelled, as not confirmed',
  'keeps nothing while nobody is there': 'what came while nobody was there waits',
  'lets leases lapse': 'a held delivery that is extended stays with its holder, and can be settled',
  'loses content types': 'the content type arrives as it was sent',
  'loses retries in a crash': 'a retry outlives a crash of the process that asked for it, with its delay',
  'loses what is beside the data': 'keys are published byte for byte',
  'prefetches at a charge':
    'events that nobody asked for are not held: many more than the permits stay with the source',
  'publishes nothing': 'publishes made at once are each confirmed',
  'publishes something for nothing': 'publish of nothing resolves and publishes nothing',
  'puts releases at the end': 'a lane that was given back comes again in order',
  'rejects when stopped': 'take resolves when stop is aborted in the very turn in which it was called',
  'retries a little early': 'retry brings the same event again after its delay, and not before',
  'settles all at once': 'settling one event leaves the others as they were',
  'takes equal data for the same': 'messages without an id are never taken for the same',
  'tells no backlog': 'the backlog counts what nobody has taken yet',
  'throws when disposed of twice': 'a trigger may be disposed of more than once, also at the same time',
  'waits for every retry': 'a lane that waits for a retry does not hold up another',
};

/** Cases that failed for some adapter above. */
const shown = new Set<string>();

for (const [fault, claim] of Object.entries(found)) {
  test(`the conformance kit finds an adapter that ${fault}`, async () => {
    const { failed } = await resultsOf(faulty(fault as Fault)); // a key of `found`
    for (const each of failed) shown.add(each);
    assert.ok(failed.includes(claim), `it failed only: ${failed.join('; ') || 'nothing'}`);
  });
}

test('every case of the conformance kit is shown to fail for at least one broken adapter', () => {
  assert.deepEqual(
    claims.filter((claim) => !shown.has(claim)),
    [],
  );
});

test('the conformance kit skips what an adapter does not promise, and says which promise is missing', async () => {
  const subject = faulty();
  const setUp = async (): Promise<MemoryRig> => {
    const rig = new MemoryRig();
    const open = rig.openTrigger.bind(rig);
    rig.openTrigger = async () =>
      Object.assign(await open(), {
        supports: {
          durable: false,
          retryAfter: false,
          attempts: false,
          ordered: false,
          headers: false,
          atomicOutputs: false,
        },
      });
    return rig;
  };
  const { failed, skipped } = await resultsOf({ ...subject, patienceMs: 10_000, setUp });
  assert.deepEqual(failed, []);
  assert.equal(skipped.get('what came while nobody was there waits'), "the trigger does not promise 'durable'");
  assert.equal(
    skipped.get('a held delivery that is extended stays with its holder, and can be settled'),
    "the trigger does not promise 'extendEveryMs'",
  );
});

test('the conformance kit skips what cannot be tried with an adapter, and tells the reason that it gave', async () => {
  const cannot = { 'choose-data': 'a schedule has one payload', publish: 'nothing can be published to a schedule' };
  const { failed, skipped } = await resultsOf({
    ...faulty('bites off data', 'publishes out of order'),
    patienceMs: 10_000,
    cannot,
  });
  assert.deepEqual(failed, []);
  assert.equal(
    skipped.get('data arrives byte for byte: none, one byte, bytes that are no UTF-8, 1 MiB'),
    "can't choose-data: a schedule has one payload",
  );
  assert.equal(
    skipped.get('publish of nothing resolves and publishes nothing'),
    "can't publish: nothing can be published to a schedule",
  );
});
