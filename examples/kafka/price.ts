import './guest/text-encoding.ts';
import { log } from 'wasi:logging/logging@0.1.0-draft';
import { type Event, json, type Message, reject, retry } from './guest/event.ts';

interface Order {
  readonly item: string;
  readonly quantity: number;
}

/** In cents. */
const prices: Readonly<Record<string, number>> = { tea: 450, teapot: 2450 };

/** Prices an order. Its messages are in the next topic, under the order's key, before the order's offset is committed. */
function handle(event: Event): Message[] {
  const { item, quantity } = parse(event.data) ?? reject('an order has an item and a quantity');
  const price = prices[item] ?? reject(`nobody sells ${item}`);
  if (item === 'teapot' && event.attempt === 1) retry('the teapot is still warm', 1000);
  const total = quantity * price;
  const customer = event.key === undefined ? 'somebody' : new TextDecoder().decode(event.key);
  log('info', 'orders', `${customer}: ${quantity} x ${item} = ${total} cents`);
  return [{ ...json('priced', { customer, item, quantity, total }), key: event.key }];
}

/** `undefined` when it is no order. */
function parse(data: Uint8Array): Order | undefined {
  try {
    const { item, quantity } = JSON.parse(new TextDecoder().decode(data));
    return typeof item === 'string' && Number.isInteger(quantity) ? { item, quantity } : undefined;
  } catch {
    return undefined;
  }
}

export const handler = { handle };
