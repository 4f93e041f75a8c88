import './guest/text-encoding.ts';
import { get } from 'wasi:config/store@0.2.0-draft';
import { increment } from 'wasi:keyvalue/atomics@0.2.0-draft';
import { open } from 'wasi:keyvalue/store@0.2.0-draft';
import { log } from 'wasi:logging/logging@0.1.0-draft';
import { type Event, json, type Message, reject, retry } from './guest/event.ts';

interface Order {
  readonly id: string;
  readonly item: string;
  readonly quantity: number;
  /** In cents. */
  readonly price: number;
}

/** Prices one order and passes it on; what it returns is published before the order is settled. */
function handle(event: Event): Message[] {
  const order = parse(event);
  const limit = Number(get('max_quantity') ?? '100');
  if (order.quantity > limit) reject(`order ${order.id}: ${order.quantity} of ${order.item} is more than ${limit}`);
  if (order.item === 'teapot' && event.attempt === 1) retry(`order ${order.id}: the teapot is still warm`, 1000);

  const total = order.quantity * order.price;
  const counters = open('default');
  increment(counters, 'orders', 1);
  increment(counters, 'revenue', total);
  log(
    'info',
    'orders',
    `${order.id}: ${order.quantity} x ${order.item} = ${(total / 100).toFixed(2)} ${get('currency')}`,
  );
  return [json('shipping', { ...order, total, currency: get('currency') })];
}

/** An order that can never be handled is rejected: it goes to the dead letters at once, without a retry. */
function parse(event: Event): Order {
  const text = new TextDecoder().decode(event.data);
  let order: Partial<Order>;
  try {
    order = JSON.parse(text);
  } catch {
    return reject(`not JSON: ${text.slice(0, 80)}`);
  }
  const { id, item, quantity, price } = order;
  if (typeof id !== 'string' || typeof item !== 'string' || !Number.isInteger(quantity) || !Number.isInteger(price)) {
    return reject('an order has an id, an item, a quantity and a price in cents');
  }
  return order as Order; // just checked
}

export const handler = { handle };
