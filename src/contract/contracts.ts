import type { Contract } from './contract.ts';
import { sluiceEvent } from './sluice-event.ts';
import { sluiceEventBatch } from './sluice-event-batch.ts';
import { spinCron } from './spin-cron.ts';
import { spinMqtt } from './spin-mqtt.ts';
import { spinRedis } from './spin-redis.ts';
import { spinSqs } from './spin-sqs.ts';
import { wasiCli } from './wasi-cli.ts';
import { wasiHttp } from './wasi-http.ts';
import { wasiMessaging, wasmcloudIncoming } from './wasi-messaging.ts';
import { wasmcloudCron } from './wasmcloud-cron.ts';
import { wasmcloudMessaging } from './wasmcloud-messaging.ts';

/** Every contract that Sluice knows, the richest first: see contractsMet for which of several is used. */
export const contracts: readonly Contract[] = [
  sluiceEventBatch,
  sluiceEvent,
  wasiMessaging,
  wasmcloudIncoming,
  wasmcloudMessaging,
  spinRedis,
  spinMqtt,
  spinSqs,
  spinCron,
  wasmcloudCron,
  wasiHttp,
  wasiCli,
];

/** The contract of that name; a TypeError when there is none, since names come from `Component.contract`. */
export function contractNamed(name: string): Contract {
  const found = contracts.find((contract) => contract.name === name);
  if (found === undefined) throw new TypeError(`no contract is named ${name}`);
  return found;
}
