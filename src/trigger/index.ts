export type { Adapter, AdapterContext, AdapterPart } from './adapter.ts';
export type { Backlog, Trigger, TriggerSupports } from './trigger.ts';
export type { Publisher, PublisherSupports } from '../publisher.ts';
export type { Delivery, PublishGroup, Settlement } from '../delivery.ts';
export { type Header, headerOf, type Message, type TriggerEvent } from '../event.ts';
export { type Clock, systemClock } from '../clock.ts';
export { type ErrorCode, SluiceError, type SluiceErrorOptions } from '../errors.ts';
export { type Logger, silentLogger } from '../logger.ts';
export { StateFile } from '../state/state-file.ts';
