import { duration, formatDuration } from '#trigger';
import { z } from 'zod';
import { scheduleProblems, timezoneProblem } from './schedule/schedule.ts';
import { cronSlotTimes, everySlotTimes, type SlotTimes } from './schedule/slot-times.ts';

/** The policy for slots that were missed because no process was running. */
export interface CatchUp {
  /** Runs `none` of them, the `latest` or `all`. */
  readonly policy: 'none' | 'latest' | 'all';
  /** Slots older than this do not run. */
  readonly withinMs: number;
  /** For `all`: how many run at most, the newest ones. */
  readonly max: number;
}

/** Checks of several keys together run only when each key is valid. */
const fatal = { code: 'custom', continue: false } as const;

const schedule = z
  .string()
  .min(1)
  .describe('A cron expression of 5 fields, or 6 with seconds first, or an alias such as @daily.')
  .superRefine((text, context) => {
    for (const message of scheduleProblems(text)) context.addIssue({ ...fatal, message });
  });

const every = duration({ min: '1s' })
  .refine((ms) => ms % 1000 === 0, {
    error: ({ input }) => `must be whole seconds, got ${formatDuration(Number(input))}`,
  })
  .describe('A fixed distance between slots, at its multiples since 1970: whole seconds.');

const timezone = z
  .string()
  .describe('The IANA time zone whose clocks the schedule follows. Default: UTC.')
  .superRefine((name, context) => {
    const message = timezoneProblem(name);
    if (message !== undefined) context.addIssue({ ...fatal, message });
  });

const within = duration({ min: '1s', max: '365d' });

const catchUpTable = z.strictObject({
  policy: z.enum(['none', 'latest', 'all']).prefault('latest').describe('Which of the missed slots run.'),
  within: within.prefault('1h').describe('Slots older than this do not run.'),
  max: z.int().min(1).max(1000).prefault(100).describe('For "all": how many run at most, the newest ones.'),
});

/** Short forms: `"all"` is `{ policy = "all" }`, `"2h"` is `{ policy = "latest", within = "2h" }`. */
const catchUp = z
  .union(
    [
      z.enum(['none', 'latest', 'all']).transform((policy) => catchUpTable.parse({ policy })),
      within.transform((withinMs) => ({ ...catchUpTable.parse({}), within: withinMs })),
      catchUpTable,
    ],
    { error: ({ input, errors }) => (typeof input === 'object' ? inTable(errors.at(-1) ?? []) : undefined) },
  )
  .describe('Which slots run that were missed while no process was up: none, the latest, or all within a time.')
  .transform(({ policy, within, max }): CatchUp => ({ policy, withinMs: within, max }));

/** JSON has no such numbers and would turn them into `null`. */
function mustBeJson(table: unknown, context: z.RefinementCtx, path: readonly (string | number)[] = []): void {
  if (typeof table === 'number' && !Number.isFinite(table)) {
    const message = `must be a number that JSON has, got ${String(table).replace('Infinity', 'inf').toLowerCase()}`;
    context.addIssue({ ...fatal, message, path: [...path] });
  } else if (Array.isArray(table)) {
    for (const [n, each] of table.entries()) mustBeJson(each, context, [...path, n]);
  } else if (typeof table === 'object' && table !== null && !(table instanceof Date)) {
    for (const [key, each] of Object.entries(table)) mustBeJson(each, context, [...path, key]);
  }
}

const keys = z.strictObject({
  schedule: schedule.optional(),
  every: every.optional(),
  timezone: timezone.optional(),
  overlap: z
    .enum(['skip', 'queue', 'allow'])
    .prefault('skip')
    .describe('When a slot is due while an earlier one is unfinished: skip it, let one wait, or run both.'),
  catch_up: catchUp.prefault('1h'),
  jitter: duration({ max: '1d' })
    .prefault('0ms')
    .describe('Each slot runs later by up to this much; the delay of a slot is the same in every replica.'),
  payload: z
    .union([z.string(), z.record(z.string(), z.unknown())])
    .superRefine((payload, context) => mustBeJson(payload, context))
    .optional()
    .describe('The data of each event: text, or a table that becomes JSON.'),
  content_type: z.string().min(1).optional().describe('Default: text/plain for text, application/json for a table.'),
  lease: duration({ min: '3s', max: '1h' })
    .prefault('30s')
    .describe('A replica that falls silent for this long loses the slot that it runs.'),
  run_at_start: z.boolean().prefault(false).describe('Also run once whenever a process starts.'),
  keep: duration({ min: '1h' }).prefault('7d').describe('How long records of finished slots are kept.'),
});

/** Keys of `[[trigger.cron]]`: exactly one of `schedule` and `every`. */
export const cronOptions = keys
  .superRefine((given, context) => {
    const wrong = (key: string, message: string): void => context.addIssue({ code: 'custom', message, path: [key] });
    if (given.schedule === undefined && given.every === undefined) wrong('schedule', 'is required, or "every"');
    if (given.schedule !== undefined && given.every !== undefined)
      wrong('every', 'must not be given beside "schedule"');
    if (given.every !== undefined && given.timezone !== undefined)
      wrong('timezone', 'goes with "schedule", not "every"');
    if (given.jitter === 0) return; // the next check walks through years of a rare schedule
    const shortest = shortestDistance(slotsOf(given));
    if (given.jitter >= shortest && shortest > 0) {
      wrong('jitter', `must be less than the time between two slots (${formatDuration(shortest)})`);
    }
  })
  .transform(({ catch_up, jitter, payload, content_type, lease, run_at_start, keep, ...rest }) => ({
    ...rest,
    catchUp: catch_up,
    jitterMs: jitter,
    payload: typeof payload === 'object' ? JSON.stringify(payload) : payload,
    contentType: content_type ?? defaultContentType(payload),
    leaseMs: lease,
    runAtStart: run_at_start,
    keepMs: keep,
  }));

export type CronOptions = z.output<typeof cronOptions>;

/** The slots of checked options. */
export function slotsOf({
  schedule,
  every,
  timezone,
}: Pick<CronOptions, 'schedule' | 'every' | 'timezone'>): SlotTimes {
  if (schedule !== undefined) return cronSlotTimes(schedule, timezone ?? 'UTC');
  return everySlotTimes(every ?? Number.NaN);
}

/** For people: `0 7 * * 1-5 (Europe/Berlin)`, `every 30s`. */
export function describeSchedule({ schedule, every = 0, timezone }: CronOptions): string {
  if (schedule === undefined) return `every ${formatDuration(every)}`;
  return timezone === undefined ? schedule : `${schedule} (${timezone})`;
}

function defaultContentType(payload: unknown): string | undefined {
  if (payload === undefined) return undefined;
  return typeof payload === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
}

function inTable(issues: readonly z.core.$ZodIssue[]): string {
  return issues.map(({ path, message }) => [...path, message].join(' ')).join('; ');
}

/** The shortest distance between the first few hundred slots of a year; 0 if there are fewer than two. */
function shortestDistance(slots: SlotTimes): number {
  let slot = slots.next(Date.UTC(2026, 0));
  let shortest = Infinity;
  for (let count = 0; count < 300 && slot !== undefined; count += 1) {
    const next = slots.next(slot);
    if (next !== undefined) shortest = Math.min(shortest, next - slot);
    slot = next;
  }
  return shortest;
}

/** The next `count` slots after `from`, in milliseconds since 1970 and without jitter; fewer when there are no more. */
export function nextSlots(options: unknown, from: number, count: number): readonly number[] {
  const slots = slotsOf(options as CronOptions); // output of cronOptions
  const found: number[] = [];
  for (let slot = slots.next(from); slot !== undefined && found.length < count; slot = slots.next(slot))
    found.push(slot);
  return found;
}
