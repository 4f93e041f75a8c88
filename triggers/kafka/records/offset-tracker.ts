/** A record's place in its partition's log, until it is finished. */
export interface Place {
  readonly offset: number;
  finished: boolean;
}

/**
 * The unfinished records of one partition, in order of offsets. Records finish in any order; the offset to commit is that of the lowest unfinished
 * one. Gaps (compaction, control records, aborted transactions) count as finished.
 */
export class OffsetTracker<P extends Place> {
  /** In order of offsets; those before `#head` are gone. */
  #places: P[] = [];
  #head = 0;
  #next: number;
  #unfinished = 0;

  /** `next`: the first offset that may come. */
  constructor(next: number) {
    this.#next = next;
  }

  /** Everything below this offset has been read. */
  get next(): number {
    return this.#next;
  }

  /** The offset to commit: everything below it is finished. */
  get watermark(): number {
    return this.lowest?.offset ?? this.#next;
  }

  /** The lowest unfinished record. */
  get lowest(): P | undefined {
    return this.#places[this.#head];
  }

  get unfinished(): number {
    return this.#unfinished;
  }

  /** Records from the lowest unfinished one to the newest, including finished ones: the most that a crash would repeat. */
  get span(): number {
    return this.#places.length - this.#head;
  }

  /** The watermark if the lowest records, as long as `holds` accepts them, were finished. */
  watermarkWith(holds: (place: P) => boolean): number {
    return this.#places[this.#prefixEnd(holds)]?.offset ?? this.#next;
  }

  /** Those records, and that watermark. */
  prefix(holds: (place: P) => boolean): { readonly places: readonly P[]; readonly watermark: number } {
    const end = this.#prefixEnd(holds);
    const places = this.#places.slice(this.#head, end).filter(({ finished }) => !finished);
    return { places, watermark: this.#places[end]?.offset ?? this.#next };
  }

  /** Adds a record. Offsets only grow. */
  add(place: P): void {
    if (place.offset < this.#next) throw new RangeError(`offset ${place.offset} came after ${this.#next - 1}`);
    this.#places.push(place);
    this.#next = place.offset + 1;
    this.#unfinished += 1;
  }

  /** No record below `next` will come any more. */
  advance(next: number): void {
    this.#next = Math.max(this.#next, next);
  }

  /** Removes unfinished records. */
  abandon(): readonly P[] {
    const abandoned = this.#places.slice(this.#head).filter(({ finished }) => !finished);
    for (const place of abandoned) place.finished = true;
    this.#unfinished = 0;
    return abandoned;
  }

  finish(place: P): void {
    if (place.finished) return;
    place.finished = true;
    this.#unfinished -= 1;
    while (this.#places[this.#head]?.finished === true) this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#places.length) {
      this.#places = this.#places.slice(this.#head);
      this.#head = 0;
    }
  }

  #prefixEnd(holds: (place: P) => boolean): number {
    let end = this.#head;
    for (let place = this.#places[end]; place !== undefined && (place.finished || holds(place));) {
      end += 1;
      place = this.#places[end];
    }
    return end;
  }
}
