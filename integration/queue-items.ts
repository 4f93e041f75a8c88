import type { StateFile } from '../src/state/state-file.ts';
import { enqueue } from '../triggers/queue/enqueue.ts';
import { QueueFile } from '../triggers/queue/tables/queue-file.ts';

/** An unfinished item, as it stands in the state file. */
export interface Item {
  /** Order of arrival, over all queues. */
  readonly seq: number;
  readonly id: string;
  /** When it arrived, in milliseconds since 1970. */
  readonly time: number;
  readonly text: string;
  readonly place: 'ready' | 'parked' | 'held' | 'waiting';
  /** Attempts charged so far, the one under way among them. */
  readonly attempt: number;
}

/** Puts texts into a queue, in one commit. */
export async function put(state: StateFile, queue: string, ...texts: readonly string[]): Promise<void> {
  const items = texts.map((text) => ({ headers: [], data: Buffer.from(text) }));
  await enqueue(state, queue, items);
}

/** All unfinished items of a queue, in order of arrival: a plain read, so that looking changes nothing. */
export function itemsOf(state: StateFile, queue: string): readonly Item[] {
  const places = ['ready', 'parked', 'held', 'waiting'].map(
    (place) => `SELECT seq, queue, attempt, '${place}' AS place FROM queue_${place}`,
  );
  const query = `
    SELECT seq, id, time, CAST(data AS TEXT) AS text, place, attempt
    FROM queue_body JOIN (${places.join(' UNION ALL ')}) USING (seq) JOIN queue ON queue.number = queue
    WHERE queue.name = ? ORDER BY seq`;
  QueueFile.of(state); // its tables, should nobody have made them yet
  const rows = state.read((db) => db.prepare(query).all(queue));
  return rows.map((row) => ({ ...row }) as unknown as Item); // the columns selected, of STRICT tables
}

/** The texts of `itemsOf`. */
export function textsOf(state: StateFile, queue: string): readonly string[] {
  return itemsOf(state, queue).map(({ text }) => text);
}
