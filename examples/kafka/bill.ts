import './guest/text-encoding.ts';
import { get } from 'wasi:config/store@0.2.0-draft';
import { type Event, json, type Message, reject } from './guest/event.ts';

/** Makes the bill of a priced order. Bill and offset are committed together: no order is billed twice. */
function handle(event: Event): Message[] {
  const { customer, total } = JSON.parse(new TextDecoder().decode(event.data));
  const limit = Number(get('limit'));
  if (total > limit) reject(`a bill of ${total} cents is more than ${limit}`);
  return [{ ...json('bills', { customer, due: total }), key: event.key }];
}

export const handler = { handle };
