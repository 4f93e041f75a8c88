import type { SluiceError } from '#trigger';
import type { Compression, OutgoingRecord } from '../client/kafka-client.ts';
import type { KafkaRecord } from '../wire/kafka-record.ts';
import type { Place } from './offset-tracker.ts';

/** A record from its fetch until it is finished. */
export interface PendingRecord extends Place {
  record: KafkaRecord;
  readonly lane: string | undefined;
  /** That failed, and are to be counted. */
  attempts: number;
  /** What was made of it. Present: it is done with, and waits to be committed together with these. */
  outputs?: readonly Outputs[];
  /** Why it is given up on; present while `outputs` are its dead letter. */
  dropped?: string;
  /** It was done with, and what was made of it was refused for good, after nobody waited for that any more. */
  refusal?: Refusal;
}

export interface Refusal {
  /** Why the event is given up on. */
  readonly reason: string;
  /** What its dead letter was refused with, if that was tried. */
  readonly letter?: SluiceError;
}

/** Records for one output. */
export interface Outputs {
  readonly compression: Compression;
  readonly records: readonly OutgoingRecord[];
  /** What keeps them from being sent as they are, asked anew: their topic or their partition is gone. */
  readonly obstacle: () => Promise<SluiceError | undefined>;
}
