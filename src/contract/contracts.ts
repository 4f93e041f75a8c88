import type { Contract } from './contract.ts';
import { sluiceEvent, sluiceEventBatch } from './sluice-event.ts';
import { spinCron, spinMqtt, spinRedis, spinSqs } from './spin.ts';
import { wasiCli } from './wasi-cli.ts';
import { wasiHttp } from './wasi-http.ts';
import { wasiMessaging, wasmcloudIncoming } from './wasi-messaging.ts';
import { wasmcloudCron, wasmcloudMessaging } from './wasmcloud.ts';

/** Every contract that Sluice knows, the richest first. `contractsMet` says which of several is used. */
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

/** The contract of that name. Throws a TypeError if there is none: names come from `Component.contract`. */
export function contractNamed(name: string): Contract {
  const found = contracts.find((contract) => contract.name === name);
  if (found === undefined) throw new TypeError(`no contract is named ${name}`);
  return found;
}
