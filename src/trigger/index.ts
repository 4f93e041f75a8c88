export type { Adapter, AdapterContext, AdapterPart, TriggerPart } from './adapter.ts';
export type { Backlog, SourcePart, Trigger, TriggerSupports } from './trigger.ts';
export { settleEach } from './settle.ts';
export { settleOnce, type SettledOnce } from './settle.ts';
export { settleOne } from './settle.ts';
export {
  type CloudAttributes,
  cloudAttributes,
  type CloudBinding,
  type CloudEnvelope,
  cloudEnvelope,
  type CloudEvent,
  cloudEvent,
  isCloudEnvelope,
} from './cloud-event.ts';
export { addressList, certHasKey, type NoAddress, tlsContents, tlsKeys, type TlsKeys } from './connection-keys.ts';
export { duration, type DurationRange } from './duration.ts';
export { formatDuration, parseDuration } from './duration-text.ts';
export { formatSize, parseSize, size, type SizeRange } from './size.ts';
export { OWN_KEYS, type SharedChanged, type SharedEntry, type SharedStore } from './shared-store.ts';
export { type Published, type Publisher, type PublisherSupports, type Refusal, refusalOf } from '../publisher.ts';
export type { Delivery, PublishGroup, Settled, Settlement, Unsettled } from '../delivery.ts';
export { type Header, headerOf, type Message, type TriggerEvent } from '../event.ts';
export { type Backoff, backoffMs } from '../backoff.ts';
export { atMost, type Clock, nanoseconds, systemClock } from '../clock.ts';
export { type ErrorCode, reasonOf, SluiceError, type SluiceErrorOptions } from '../errors.ts';
export { type Logger, silentLogger } from '../logger.ts';
export { readRegularText } from '../regular-file.ts';

export { orAborted } from '../cancellation.ts';
export { settledOrCancelled } from '../cancellation.ts';
export { StateFile } from '../state/state-file.ts';
export { isGone, processMark } from '../state/process-mark.ts';
