import './guest/text-encoding.ts';
import { type Event, json, type Message, reject } from './guest/event.ts';
import { parseOrder, totalOf } from './order.ts';

/** Answers a request: the message without a `to` is the reply, and a rejection is an error of the service. */
function handle(event: Event): Message[] {
  const order = parseOrder(event.data) ?? reject('ask for an item and a quantity');
  const total = totalOf(order) ?? reject(`nobody sells ${order.item}`);
  return [json('', { ...order, total })];
}

export const handler = { handle };
