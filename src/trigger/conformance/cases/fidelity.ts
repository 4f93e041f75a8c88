import assert from 'node:assert/strict';
import type { Header, Message } from '../../../event.ts';
import { settleOne } from '../../settle.ts';
import type { Case } from './case.ts';
import { idsOf, numbered } from '../trial.ts';

const MEBIBYTE = 2 ** 20;

/** Payloads that reveal a layer that takes bytes for text, or copies too little. */
export const awkwardData: readonly Uint8Array[] = [
  new Uint8Array(0),
  new Uint8Array(1),
  Uint8Array.from({ length: 256 }, (_, byte) => byte),
  new Uint8Array([0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80]), // no UTF-8
  Uint8Array.from({ length: MEBIBYTE }, (_, n) => n % 251),
];

/** Names that repeat and differ in case alone; values that are empty, long, or not ASCII. */
export const awkwardHeaders: readonly Header[] = [
  ['X-Repeated', 'first'],
  ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  ['x-repeated', 'second'],
  ['X-Repeated', 'first'],
  ['x-empty', ''],
  ['x-words', 'a: b; c="d, e"'],
  ['x-unicode', 'Grüße, 世界 🌊'],
  ['x-long', 'v'.repeat(4000)],
];

/** Events arrive as they were sent. */
export const fidelity: readonly Case[] = [
  {
    claim: 'every event has an id of its own, a source, and a time that is not negative',
    async run(trial) {
      const trigger = await trial.openFed(numbered(3));
      const deliveries = await trial.take(trigger, 3);
      assert.equal(new Set(idsOf(deliveries)).size, 3);
      for (const { event } of deliveries) {
        assert.match(event.source, /^[a-z][\w+.-]*:\S+$/i, 'the source is a URI');
        assert.ok(event.time >= 0n);
      }
    },
  },
  {
    claim: 'data arrives byte for byte: none, one byte, bytes that are no UTF-8, 1 MiB',
    needs: { rig: ['choose-data'] },
    async run(trial) {
      const trigger = await trial.openTrigger();
      for (const data of awkwardData) {
        await trial.rig.feed([{ headers: [], data }]);
        const [delivery] = await trial.take(trigger, 1);
        assert.ok(Buffer.from(data).equals(delivery.event.data), `${data.byteLength} bytes arrived changed`);
        await settleOne(trigger, delivery, { kind: 'accept' });
      }
    },
  },
  {
    claim: 'headers arrive as they were sent: in order, in their case, with repeated names and awkward values',
    needs: { trigger: ['headers'], rig: ['choose-headers'] },
    async run(trial) {
      const trigger = await trial.openFed([{ headers: awkwardHeaders, data: new Uint8Array(1) }, ...numbered(1)]);
      const [awkward, bare] = await trial.take(trigger, 2);
      assert.deepEqual(awkward.event.headers, awkwardHeaders);
      assert.deepEqual(bare?.event.headers, []);
    },
  },
  {
    claim: 'a key arrives byte for byte, and no key is no key',
    needs: { rig: ['choose-key'] },
    async run(trial) {
      const key = new Uint8Array([0, 0xff, 0x80]);
      const trigger = await trial.openTrigger();
      assert.deepEqual(await keyOf({ headers: [], data: new Uint8Array(1), key }), key);
      assert.equal(await keyOf({ headers: [], data: new Uint8Array(1) }), undefined);

      async function keyOf(message: Message): Promise<Uint8Array | undefined> {
        await trial.rig.feed([message]);
        const [delivery] = await trial.take(trigger, 1);
        return delivery.event.key && Uint8Array.from(delivery.event.key);
      }
    },
  },
  {
    claim: 'the content type arrives as it was sent',
    needs: { rig: ['choose-content-type'] },
    async run(trial) {
      const contentType = 'application/json; charset=utf-8';
      const trigger = await trial.openFed([{ headers: [], data: new Uint8Array(1), contentType }]);
      const [delivery] = await trial.take(trigger, 1);
      assert.equal(delivery.event.contentType, contentType);
    },
  },
];
