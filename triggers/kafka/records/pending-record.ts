import type { SluiceError } from '#trigger';
import type { Compression, OutgoingRecord } from '../client/kafka-client.ts';
import type { KafkaRecord } from '../wire/kafka-record.ts';
import type { Place } from './offset-tracker.ts';

/** A record from its fetch until it is finished. */
export interface PendingRecord extends Place {
  record: KafkaRecord;
  readonly lane: string | undefined;
  /** Failed attempts that count. */
  attempts: number;
  /** Its outputs. Present: it is done, and waits to be committed together with these. */
  outputs?: readonly Outputs[];
  /** Why it is given up on; present while `outputs` are its dead letter. */
  dropped?: string;
  /** It was done, and its outputs were rejected permanently after its settlement had returned. */
  refusal?: Refusal;
}

export interface Refusal {
  /** Why the event is given up on. */
  readonly reason: string;
  /** The error that its dead letter was rejected with, if that was tried. */
  readonly letter?: SluiceError;
}

/** Records for one output. */
export interface Outputs {
  readonly compression: Compression;
  readonly records: readonly OutgoingRecord[];
  /** Finds out what keeps them from being sent as they are: their topic or their partition is gone. */
  readonly obstacle: () => Promise<SluiceError | undefined>;
}
