import { parseArgs } from 'node:util';

/** Rounds of an interleaved comparison; an odd number gives a true median. */
const ROUNDS = 5;
/** How many times fewer events a quick run has than a whole one. */
const QUICKER = 4;

const parsed = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string', default: String(ROUNDS) },
    events: { type: 'string', default: 'Infinity' },
    'ten-million': { type: 'boolean', default: false },
    json: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});

/** What the command line says: `npm run bench -- --help` explains it. */
export const settings = {
  help: parsed.values.help,
  /** Names of benches; empty: all. */
  names: parsed.positionals,
  quick: parsed.values.quick,
  rounds: Number(parsed.values.rounds),
  /** The most events of one run. */
  most: Number(parsed.values.events),
  tenMillion: parsed.values['ten-million'],
  /** Where to write the figures. */
  json: parsed.values.json,
  /** Whether they are the baseline from now on. */
  keep: parsed.values.keep,
} as const;

/** How many events a run has that has `usual` of them in a whole bench; at least 10. */
export function events(usual: number): number {
  return Math.max(10, Math.min(settings.most, settings.quick ? Math.ceil(usual / QUICKER) : usual));
}

export const USAGE = `Usage: npm run bench -- [options] [bench ...]

Measures Sluice beside plain loops that do the same work, in turn, round by round, and prints medians, minima and maxima.
Nothing else should run meanwhile. Without names, all benches run.

  --quick          a quarter of the events: all benches in some 20 minutes
  --rounds N       rounds of each comparison (default ${ROUNDS}); one more comes first and is not counted
  --events N       at most N events a run: a look at whether everything works
  --ten-million    scale has ten million events instead of one
  --json FILE      writes the figures to FILE
  --keep           writes them to integration/bench/baseline.json, which later runs are compared with; then
                   node integration/bench/write-tables.ts makes the tables of README.md and docs/benchmarks.md from it
  --help           this text`;
