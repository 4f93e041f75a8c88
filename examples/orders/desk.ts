import './guest/text-encoding.ts';
import { get } from 'wasi:config/store@0.2.0-draft';
import { type Bucket, open } from 'wasi:keyvalue/store@0.2.0-draft';
import { log } from 'wasi:logging/logging@0.1.0-draft';
import type { Event, Message } from './guest/event.ts';

/** One component may serve several triggers: the event's source says which one called. */
function handle(event: Event): Message[] {
  if (event.source.startsWith('cron:')) report();
  else label(new TextDecoder().decode(event.data));
  return [];
}

function label(order: string): void {
  const { id, item, quantity } = JSON.parse(order);
  log('info', 'label', `${quantity} x ${item} for order ${id}`);
}

function report(): void {
  const counters = open('default');
  const revenue = (count(counters, 'revenue') / 100).toFixed(2);
  log('info', 'report', `${count(counters, 'orders')} orders, ${revenue} ${get('currency')}`);
}

function count(bucket: Bucket, key: string): number {
  const value = bucket.get(key);
  return value === undefined ? 0 : Number(new TextDecoder().decode(value));
}

export const handler = { handle };
