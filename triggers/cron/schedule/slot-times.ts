import { ALL_KINDS_OF_YEARS_DAYS, parseSchedule, type Schedule } from './schedule.ts';

/** The times at which a trigger is due, in milliseconds since 1970; always whole seconds. */
export interface SlotTimes {
  /** The first one later than `after`; `undefined` when there is none. */
  next(after: number): number | undefined;
}

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
/** No zone is further from UTC: a day in a zone lies within the same day of UTC, extended by this on both sides. */
const FARTHEST_OFFSET_MS = 2 * DAY_MS;

const DAYS_KEPT = 8;

/** Slots at the multiples of `everyMs` since 1970: the same on every machine, whenever it started. */
export function everySlotTimes(everyMs: number): SlotTimes {
  return { next: (after) => (Math.floor(after / everyMs) + 1) * everyMs };
}

/** Slots of a cron expression on the clocks of an IANA time zone, by the daylight-saving policy of `../README.md`. */
export function cronSlotTimes(expression: string, timezone: string): SlotTimes {
  const walker = new Walker(parseSchedule(expression), timezone);
  return { next: (after) => walker.next(after) };
}

/** A period in which a zone's clocks run without a change. */
interface Stretch {
  /** Its start and end, in UTC. */
  readonly from: number;
  readonly to: number;
  /** Clock time minus UTC, in this period and in the one before. */
  readonly offset: number;
  readonly offsetBefore: number;
}

/**
 * Steps through the days of the calendar, which is fast and ignores clock changes; on a matching day, through the periods between clock changes.
 * Clock time is represented by the UTC milliseconds that show the same digits.
 */
class Walker {
  readonly #schedule: Schedule;
  readonly #timezone: string;
  /** Cache for the last days: callers go from slot to slot. */
  readonly #stretches = new Map<number, readonly Stretch[]>();

  constructor(schedule: Schedule, timezone: string) {
    this.#schedule = schedule;
    this.#timezone = timezone;
  }

  next(after: number): number | undefined {
    const today = Math.floor((after + this.#at(after).offsetNanoseconds / 1e6) / DAY_MS);
    let found: { slot: number; day: number } | undefined;
    // A clock that is set back over midnight shows yesterday again: start a day early, and look one day beyond the first match.
    for (let day = today - 1; day <= (found?.day ?? today + ALL_KINDS_OF_YEARS_DAYS) + 1; day += 1) {
      const slot = this.#schedule.matchesDay(day) ? this.#firstOn(day, after) : undefined;
      if (slot !== undefined && slot < (found?.slot ?? Infinity)) found = { slot, day: found?.day ?? day };
    }
    return found?.slot;
  }

  /** The first slot of one day of the calendar that is later than `after`. */
  #firstOn(day: number, after: number): number | undefined {
    const midnight = day * DAY_MS;
    for (const stretch of this.#stretchesAround(midnight)) {
      const slot = this.#inGapBefore(stretch, midnight, after) ?? this.#inStretch(stretch, midnight, after);
      if (slot !== undefined) return slot;
    }
    return undefined;
  }

  /** Times that the clock skips run together at the end of the gap. An interval schedule continues there and needs no catch-up. */
  #inGapBefore({ from, offset, offsetBefore }: Stretch, midnight: number, after: number): number | undefined {
    if (from <= after || offset <= offsetBefore) return undefined;
    const { interval, hours } = this.#schedule;
    const endsInHour = new Date(from + offset).getUTCHours();
    if (interval && hours.includes(endsInHour)) return undefined;
    return this.#firstTime(from + offsetBefore, from + offset, midnight) === undefined ? undefined : from;
  }

  /** If the clock shows a time twice, the first counts; for an interval schedule both do. */
  #inStretch({ from, to, offset, offsetBefore }: Stretch, midnight: number, after: number): number | undefined {
    const start = from + (this.#schedule.interval ? offset : Math.max(offset, offsetBefore));
    const later = (Math.floor(after / SECOND_MS) + 1) * SECOND_MS + offset;
    const time = this.#firstTime(Math.max(start, later), to + offset, midnight);
    return time === undefined ? undefined : time - offset;
  }

  /** The first clock time of the schedule on the day that begins at `midnight`, at or after `from` and before `to`. */
  #firstTime(from: number, to: number, midnight: number): number | undefined {
    const { hours, minutes, seconds } = this.#schedule;
    const earliest = (from - midnight) / SECOND_MS;
    for (const hour of hours) {
      if ((hour + 1) * 3600 <= earliest) continue;
      for (const minute of minutes) {
        const start = hour * 3600 + minute * 60;
        const second = start + 60 <= earliest ? undefined : seconds.find((second) => start + second >= earliest);
        if (second === undefined) continue;
        const time = midnight + (start + second) * SECOND_MS;
        return time < to ? time : undefined;
      }
    }
    return undefined;
  }

  #stretchesAround(midnight: number): readonly Stretch[] {
    const known = this.#stretches.get(midnight);
    if (known !== undefined) return known;
    const stretches = [...this.#walk(midnight - FARTHEST_OFFSET_MS, midnight + DAY_MS + FARTHEST_OFFSET_MS)];
    if (this.#stretches.size >= DAYS_KEPT) this.#stretches.clear();
    this.#stretches.set(midnight, stretches);
    return stretches;
  }

  *#walk(start: number, end: number): Generator<Stretch> {
    let zoned: Temporal.ZonedDateTime | null = this.#at(start);
    let offsetBefore = zoned.offsetNanoseconds / 1e6;
    while (zoned !== null && zoned.epochMilliseconds < end) {
      const change: Temporal.ZonedDateTime | null = zoned.getTimeZoneTransition('next');
      const offset = zoned.offsetNanoseconds / 1e6;
      yield { from: zoned.epochMilliseconds, to: change?.epochMilliseconds ?? Infinity, offset, offsetBefore };
      offsetBefore = offset;
      zoned = change;
    }
  }

  #at(ms: number): Temporal.ZonedDateTime {
    return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(this.#timezone);
  }
}
