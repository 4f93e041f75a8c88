import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TriggerStatus } from '../../runtime/status.ts';
import { banner, counters } from './banner.ts';

const status = (overrides: Partial<TriggerStatus>): TriggerStatus => ({
  name: 'orders',
  type: 'queue',
  destination: 'orders',
  component: 'enrich',
  state: 'running',
  restarts: 0,
  held: 0,
  taken: 0,
  outcomes: { completed: 0, failed: 0, rejected: 0, trapped: 0, 'timed-out': 0, cancelled: 0 },
  accepted: 0,
  retried: 0,
  deadLettered: 0,
  dropped: 0,
  unconfirmed: 0,
  discarded: 0,
  published: 0,
  ...overrides,
});

test('banner tells the version, the time, each trigger with its state, and where things are', () => {
  const text = banner({
    version: '1.2.3',
    app: 'shop',
    readyMs: 212.4,
    triggers: [
      status({}),
      status({
        name: 'nightly',
        type: 'cron',
        destination: '0 3 * * *',
        component: 'report',
        state: 'opening',
        reason: 'disk full',
      }),
    ],
    state: '/data/state.db',
    processes: ['report'],
    server: 'http://127.0.0.1:9464',
  });
  assert.equal(
    text,
    `sluice 1.2.3  shop  ready in 212 ms

  orders   queue orders -> enrich  [running]
  nightly  cron 0 3 * * * -> report  [opening: disk full]

  process  report
  state    /data/state.db
  server   http://127.0.0.1:9464/livez  /readyz  /triggers  /metrics
`,
  );
});

test('counters add up all triggers and leave out what did not happen', () => {
  assert.equal(counters([status({ accepted: 2 }), status({ accepted: 1, held: 3 })]), '3 handled, 3 running');
  assert.equal(
    counters([
      status({ ready: 4, published: 1, retried: 5, deadLettered: 6, dropped: 7, unconfirmed: 8, discarded: 9 }),
    ]),
    '0 handled, 0 running, 4 ready, 1 published, 5 retried, 6 dead-lettered, 7 dropped, 8 unconfirmed, 9 discarded',
  );
});
