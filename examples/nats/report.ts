import './guest/text-encoding.ts';
import { open } from 'wasi:keyvalue/store@0.2.0-draft';
import { log } from 'wasi:logging/logging@0.1.0-draft';
import type { Event, Message } from './guest/event.ts';

/** Tells how many orders were priced by all replicas. */
function handle(event: Event): Message[] {
  const counted = open('shared').get('orders');
  log('info', 'report', `${event.id}: ${counted === undefined ? 0 : new TextDecoder().decode(counted)} orders priced`);
  return [];
}

export const handler = { handle };
