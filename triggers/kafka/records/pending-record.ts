import type { SluiceError } from '#trigger';
import type { Compression, OutgoingRecord } from '../client/kafka-client.ts';
import type { KafkaRecord } from '../wire/kafka-record.ts';
import type { Place } from './offset-tracker.ts';

/** A record from its fetch until it is finished. */
export interface PendingRecord extends Place {
  record: KafkaRecord;
  readonly lane: string | undefined;
  /** Charged attempts. */
  attempts: number;
  /** Its outputs. Present: it is finished, and waits to be committed together with them. */
  outputs?: readonly Outputs[];
  /** Why it is given up on; present while `outputs` are its dead letter. */
  dropped?: string;
  /** It was finished, and its outputs were rejected permanently after its settlement had returned. */
  refusal?: Refusal;
}

export interface Refusal {
  /** Why the event is given up on. */
  readonly reason: string;
  /** The error of its rejected dead letter, if one was tried. */
  readonly letter?: SluiceError;
}

/** Records for one output. */
export interface Outputs {
  readonly compression: Compression;
  readonly records: readonly OutgoingRecord[];
  /** Finds the error if they can't be sent unchanged: their topic or their partition is gone. */
  readonly obstacle: () => Promise<SluiceError | undefined>;
}
