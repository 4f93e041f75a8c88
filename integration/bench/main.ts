import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { benches } from './benches.ts';
import { type Figure, isReached } from './figure.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } });
const unknown = positionals.filter((name) => !benches.some((bench) => bench.name === name));
if (unknown.length > 0) {
  console.error(`no bench is named ${unknown.join(', ')}; there are: ${benches.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

console.log(`node ${process.version}, ${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown processor'}\n`);
console.log(row('figure', 'goal', 'median', 'min', 'max', 'unit', ''));
const all: Record<string, Figure> = {};
for (const bench of benches) {
  if (positionals.length > 0 && !positionals.includes(bench.name)) continue;
  for (const [name, figure] of Object.entries(await bench.run())) {
    all[name] = figure;
    const { goal, median, min, max, unit, better } = figure;
    const wanted = `${better === 'higher' ? '>=' : '<='} ${short(goal)}`;
    console.log(
      row(name, wanted, short(median), short(min), short(max), unit, isReached(figure) ? 'reached' : 'not reached'),
    );
  }
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(all, undefined, 2)}\n`);

function row(name: string, ...cells: readonly string[]): string {
  return [name.padEnd(34), ...cells.map((cell) => cell.padStart(12))].join('').trimEnd();
}

function short(value: number): string {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)}k`;
  return value.toPrecision(3);
}
