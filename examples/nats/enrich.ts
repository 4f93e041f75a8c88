import './guest/text-encoding.ts';
import { increment } from 'wasi:keyvalue/atomics@0.2.0-draft';
import { open } from 'wasi:keyvalue/store@0.2.0-draft';
import { log } from 'wasi:logging/logging@0.1.0-draft';
import { type Event, json, type Message, reject, retry } from './guest/event.ts';
import { parseOrder, totalOf } from './order.ts';

/** Prices an order. Its messages are stored in the stream before the order is acknowledged. */
function handle(event: Event): Message[] {
  const order = parseOrder(event.data) ?? reject('an order has an item and a quantity');
  const total = totalOf(order) ?? reject(`nobody sells ${order.item}`);
  if (order.item === 'teapot' && event.attempt === 1) retry('the teapot is still warm', 1000);
  increment(open('shared'), 'orders', 1);
  log('info', 'orders', `${event.id}: ${order.quantity} x ${order.item} = ${total} cents`);
  return [json('priced', { ...order, total })];
}

export const handler = { handle };
