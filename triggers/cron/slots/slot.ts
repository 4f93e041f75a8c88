import type { Header } from '#trigger';

/** Why a slot exists: its time came, it was missed, a process started, or a run was requested. */
export type SlotRun = 'scheduled' | 'catch-up' | 'start' | 'manual';

/** A point in time at which a trigger runs once. */
export interface Slot {
  /** Unique within the trigger: an ISO time for slots of the schedule. */
  readonly id: string;
  /** Its time, in milliseconds since 1970. */
  readonly time: number;
  readonly run: SlotRun;
  /** The data of this slot instead of the trigger's payload. */
  readonly data?: Uint8Array;
  readonly contentType?: string;
  readonly headers?: readonly Header[];
}

/** A run in a shared store. */
export interface UnpackedSlot extends Slot {
  /** When the run had ended, in milliseconds since 1970; its data is gone then. */
  readonly endedAt?: number;
}

const LINE_FEED = 0x0a;

/** A requested run as a value of a shared store: one line of JSON, then its data unchanged. */
export function packSlot({ data, headers, contentType, ...slot }: Slot, endedAt?: number): Uint8Array {
  const carried = endedAt === undefined ? { headers, contentType, hasData: data !== undefined } : { endedAt };
  const { id, time, run } = slot;
  const line = Buffer.from(`${JSON.stringify({ id, time, run, ...carried })}\n`);
  return endedAt === undefined && data !== undefined ? Buffer.concat([line, data]) : line;
}

export function unpackSlot(value: Uint8Array): UnpackedSlot {
  const end = value.indexOf(LINE_FEED);
  // written by packSlot
  const { hasData, ...slot } = JSON.parse(Buffer.from(value.subarray(0, end)).toString()) as UnpackedSlot & {
    readonly hasData?: boolean;
  };
  return hasData === true ? { ...slot, data: value.subarray(end + 1) } : slot;
}
