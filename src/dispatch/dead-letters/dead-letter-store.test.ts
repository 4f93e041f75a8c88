import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { StateFile } from '../../state/state-file.ts';
import { DeadLetterStore } from './dead-letter-store.ts';
import { type DeadLetter, deadLetterMessage } from './dead-letters.ts';

let folder: string;
let state: StateFile;
let store: DeadLetterStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-dead-'));
  state = StateFile.open(join(folder, 'state.db'));
  store = new DeadLetterStore(state, () => 1_700_000_000_000);
});

afterEach(async () => {
  await state[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function letter(overrides: Partial<DeadLetter> = {}): DeadLetter {
  return {
    trigger: 'orders',
    component: 'enrich',
    event: {
      id: 'e1',
      source: 'queue:orders',
      subject: 'orders',
      time: 1_699_999_999_123_456_789n,
      key: new Uint8Array([0, 255]),
      contentType: 'application/json',
      headers: [
        ['X-Trace', 'a'],
        ['x-trace', 'b'],
      ],
      data: new Uint8Array([1, 2, 3]),
    },
    position: 'orders/17',
    place: 'orders.new',
    attempt: 5,
    outcome: 'failed',
    reason: 'no stock',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    ...overrides,
  };
}

test('DeadLetterStore keeps the event whole, with its error, attempt and trace', async () => {
  await store.put(letter());
  assert.deepEqual(store.list(10), [{ number: 1, deadAt: 1_700_000_000_000, ...letter() }]);
  assert.deepEqual(store.get(1)?.event, letter().event);
});

test('DeadLetterStore keeps an event without key, content type, headers and data', async () => {
  const event = { id: 'e2', source: 's', subject: '', time: 0n, headers: [], data: new Uint8Array() };
  const { place: _, ...placeless } = letter({ event, traceId: undefined });
  await store.put(placeless);
  assert.deepEqual(store.get(1)?.event, event);
  assert.equal(store.get(1)?.traceId, undefined);
  assert.equal(store.get(1)?.place, undefined);
});

test('DeadLetterStore tells letters apart by where their events were, not by what their senders called them', async () => {
  await store.put(letter());
  await store.put(letter({ position: 'orders/18' }));
  await store.put(letter({ position: 'orders/18', event: { ...letter().event, id: 'another' } }));
  assert.deepEqual(
    store.list(10).map(({ position }) => position),
    ['orders/18', 'orders/17'],
  );
});

test('DeadLetterStore reads letters of a file from before positions, with the place that they go back to', async () => {
  await using before = StateFile.open(join(folder, 'before.db'));
  before.migrate('dead-letters', [
    `CREATE TABLE dead_letter (
       number INTEGER PRIMARY KEY AUTOINCREMENT,
       trigger TEXT NOT NULL, component TEXT NOT NULL, dead_at INTEGER NOT NULL,
       attempt INTEGER NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, trace_id TEXT,
       id TEXT NOT NULL, source TEXT NOT NULL, subject TEXT NOT NULL, time TEXT NOT NULL,
       key BLOB, content_type TEXT, headers TEXT NOT NULL, data BLOB NOT NULL,
       UNIQUE (trigger, source, id, time)
     ) STRICT`,
  ]);
  const headersOf: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
    plain: [],
    nats: [
      ['ce-subject', 'order 17'],
      ['Nats-Subject', 'orders.new'],
    ],
    kafka: [
      ['sluice-record', 'orders/3/17/1699999999123'],
      ['x', 'y'],
    ],
    odd: [['sluice-record', 'no place']],
    deleted: [],
  };
  await before.write((db) => {
    for (const [id, headers] of Object.entries(headersOf)) {
      db.prepare(
        `INSERT INTO dead_letter (trigger, component, dead_at, attempt, outcome, reason, id, source, subject, time, headers, data)
         VALUES ('t', 'c', 1, 5, 'failed', 'why', ?, 's', 'order 17', '5', ?, x'00ff')`,
      ).run(id, JSON.stringify(headers));
    }
    db.exec("DELETE FROM dead_letter WHERE id = 'deleted'");
  });
  const migrated = new DeadLetterStore(before, () => 2);
  const letters = migrated.list(10).toReversed();
  assert.deepEqual(
    letters.map(({ number, event, place }) => [number, event.id, place]),
    [
      [1, 'plain', undefined],
      [2, 'nats', 'orders.new'],
      [3, 'kafka', 'orders'],
      [4, 'odd', undefined],
    ],
  );
  assert.deepEqual(letters[1]?.event.headers, headersOf['nats']);
  assert.deepEqual([...(letters[1]?.event.data ?? [])], [0, 255]);
  await migrated.put(letter());
  assert.equal(migrated.list(1)[0]?.number, 6, 'no number is given twice');
});

test('DeadLetterStore stores a letter that is put again after a crash once, with the newer account', async () => {
  await store.put(letter({ attempt: 5 }));
  await store.put(letter({ attempt: 6, reason: 'still no stock' }));
  assert.equal(store.count(), 1);
  assert.equal(store.get(1)?.reason, 'still no stock');
  assert.equal(store.get(1)?.attempt, 6);
});

test('DeadLetterStore lists newest first and by trigger, and removes what it is told to', async () => {
  await store.put(letter());
  await store.put(letter({ trigger: 'bills' }));
  assert.deepEqual(
    store.list(10).map(({ trigger }) => trigger),
    ['bills', 'orders'],
  );
  assert.equal(store.list(10, 'orders').length, 1);
  assert.equal(await store.remove([1, 99]), 1);
  assert.equal(store.count('orders'), 0);
  assert.equal(store.count(), 1);
});

test('deadLetterMessage adds headers that any broker takes, and leaves the event as it was', () => {
  const message = deadLetterMessage(letter({ reason: `bad\r\nInjected: yes ${'é'.repeat(2000)}` }));
  assert.equal(message.id, 'orders/orders/17/dead');
  assert.deepEqual(message.headers.slice(0, 2), letter().event.headers);
  const reason = message.headers.find(([name]) => name === 'sluice-dead-reason')?.[1];
  assert.equal(reason, 'bad Injected: yes  ');
  assert.deepEqual(message.data, letter().event.data);
});

test('deadLetterMessage tells what Sluice knows of the event, not what its sender says', () => {
  const headers = [
    ['Sluice-Dead-Place', 'elsewhere'],
    ['sluice-dead-reason', 'none'],
    ['sluice-deadline', 'kept'],
  ] as const;
  const message = deadLetterMessage(letter({ event: { ...letter().event, headers } }));
  const named = (wanted: string): string[] =>
    message.headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
  assert.deepEqual(named('sluice-dead-place'), ['orders.new']);
  assert.deepEqual(named('sluice-dead-position'), ['orders/17']);
  assert.deepEqual(named('sluice-dead-reason'), ['no stock']);
  assert.deepEqual(named('sluice-deadline'), ['kept']);
});

test('DeadLetterStore purges the oldest letters beyond an age or a size, and keeps the newest', async () => {
  let now = 0;
  const aging = new DeadLetterStore(state, () => now);
  const put = async (position: string, trigger: string, bytes: number): Promise<void> => {
    const event = { id: position, source: 's', subject: 't', time: 0n, headers: [], data: new Uint8Array(bytes) };
    now += 1000;
    await aging.put({ ...letterOf(event), trigger, position });
  };
  for (let n = 1; n <= 4; n += 1) await put(`${n}`, n === 2 ? 'other' : 'orders', 10_000);
  const positions = (): string[] => aging.list(10).map(({ position }) => position);

  assert.equal(await aging.purge({ maxAgeMs: 3000, maxBytes: 50_000 }), undefined);
  assert.deepEqual(await aging.purge({ maxAgeMs: 1500, maxBytes: 50_000 }), [
    { trigger: 'orders', reason: 'age', letters: 1 },
    { trigger: 'other', reason: 'age', letters: 1 },
  ]);
  assert.deepEqual(positions(), ['4', '3']);
  await put('4', 'orders', 99); // again: it replaces the one that is there, and weighs what that weighed
  assert.deepEqual(await aging.purge({ maxAgeMs: 1e6, maxBytes: 11_000 }), [
    { trigger: 'orders', reason: 'size', letters: 1 },
  ]);
  assert.equal(await aging.purge({ maxAgeMs: 1e6, maxBytes: 1 }), undefined, 'the newest stays');
  assert.deepEqual(positions(), ['4']);
  await put('5', 'orders', 10_000);
  await aging.remove([aging.list(1)[0]!.number]);
  assert.equal(await aging.purge({ maxAgeMs: 1e6, maxBytes: 11_000 }), undefined, 'what was removed weighs nothing');
});

test('DeadLetterStore purges many letters some at a time', async () => {
  for (let n = 0; n < 600; n += 1)
    void store.put({
      ...letterOf({ id: `${n}`, source: 's', subject: 't', time: 0n, headers: [], data: new Uint8Array(1000) }),
      position: `${n}`,
    });
  const limits = { maxAgeMs: 1e6, maxBytes: 1 };
  const letters = async (): Promise<number | undefined> => (await store.purge(limits))?.[0]?.letters;
  assert.deepEqual([await letters(), await letters(), await letters()], [500, 99, undefined]);
});

function letterOf(event: DeadLetter['event']): DeadLetter {
  return {
    trigger: 'orders',
    component: 'enrich',
    position: event.id,
    event,
    attempt: 1,
    outcome: 'rejected',
    reason: 'no',
    traceId: undefined,
  };
}
