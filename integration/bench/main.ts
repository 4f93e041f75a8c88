import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { BASELINE, type Measured } from './baseline.ts';
import { benches } from './benches.ts';
import { type Figure, isReached, short } from './figure.ts';
import { settings, USAGE } from './settings.ts';

const { names, json, keep } = settings;
if (settings.help) {
  console.log(`${USAGE}\n\nBenches:\n${benches.map(({ name, about }) => `  ${name.padEnd(14)} ${about}`).join('\n')}`);
  process.exit();
}
const unknown = names.filter((name) => !benches.some((bench) => bench.name === name));
if (unknown.length > 0) {
  console.error(`no bench is named ${unknown.join(', ')}; there are: ${benches.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
if (keep && (settings.rounds < 5 || settings.most !== Infinity)) {
  console.error('a baseline needs at least 5 rounds, and all events: leave --rounds and --events out');
  process.exit(2);
}

const kept = existsSync(BASELINE) ? (JSON.parse(readFileSync(BASELINE, 'utf8')) as Measured) : undefined; // written below
const machine = `${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown processor'}`;
console.log(`node ${process.version}, ${machine}\n`);
console.log(row('figure', 'goal', 'median', 'min', 'max', 'baseline', 'unit', ''));
const figures: Record<string, Figure> = {};
for (const bench of benches) {
  if (names.length > 0 && !names.includes(bench.name)) continue;
  for (const [name, figure] of Object.entries(await bench.run())) {
    figures[name] = figure;
    const { goal, median, min, max, unit, better } = figure;
    const wanted = goal === undefined ? '' : `${better === 'higher' ? '>=' : '<='} ${short(goal)}`;
    const before = kept?.figures[name]?.median;
    const reached = isReached(figure);
    const verdict = reached === undefined ? '' : reached ? 'reached' : 'not reached';
    const numbers = [median, min, max].map(short);
    console.log(row(name, wanted, ...numbers, before === undefined ? '' : short(before), unit, verdict));
  }
}

const before = keep && names.length > 0 ? kept?.figures : undefined;
const measured: Measured = {
  node: process.version,
  machine,
  date: new Date().toISOString().slice(0, 10),
  quick: settings.quick,
  figures: { ...before, ...figures },
};
if (json !== undefined) writeFileSync(json, `${JSON.stringify(measured, undefined, 2)}\n`);
if (keep) writeFileSync(BASELINE, `${JSON.stringify(measured, undefined, 2)}\n`);

function row(name: string, ...cells: readonly string[]): string {
  return [name.padEnd(34), ...cells.map((cell) => cell.padStart(12))].join(' ').trimEnd();
}
