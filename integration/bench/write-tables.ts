import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BASELINE, type Measured } from './baseline.ts';
import { benches } from './benches.ts';
import { type Figure, isReached, short } from './figure.ts';

// Makes the tables of README.md and docs/benchmarks.md from the kept baseline: `node integration/bench/write-tables.ts`.

const root = join(import.meta.dirname, '..', '..');
const [BEGIN, END] = ['<!-- made by integration/bench/write-tables.ts -->\n', '<!-- end -->'];

const { node, machine, date, quick, figures } = JSON.parse(readFileSync(BASELINE, 'utf8')) as Measured; // main.ts writes it

/** A row of README.md: what was measured, and the figures that tell it. */
const rows: readonly (readonly [what: string, ...names: string[]])[] = [
  ['first event after `sluice up`, warm cache; cold', 'start.warm', 'start.cold'],
  ['`sluice publish`, from start to end', 'commands.publish'],
  [
    'memory when idle; under JetStream load; under Kafka load',
    'memory.idle',
    'load-memory.jetstream',
    'load-memory.kafka',
  ],
  ["a call over the guest's own work, 100 B; 1 KiB", 'call.100B', 'call.1KiB'],
  ['latency at half of full load, p50; p99', 'latency.p50', 'latency.p99'],
  ['embedded queue beside a hand-written `node:sqlite` loop, 100 B; 1 KiB', 'queue.100B', 'queue.1KiB'],
  ['core NATS beside the plain client, 100 B; 1 KiB', 'nats.100B', 'nats.1KiB'],
  ['JetStream beside the plain client, confirmed likewise, 100 B; 1 KiB', 'jetstream.100B', 'jetstream.1KiB'],
  [
    'Kafka beside an `eachBatch` loop, 100 B; 1 KiB; in order of partitions, 100 B; 1 KiB',
    'kafka.100B.key',
    'kafka.1KiB.key',
    'kafka.100B.partition',
    'kafka.1KiB.partition',
  ],
  ['one lane; 8; 1,000, beside no lanes', 'lanes.1', 'lanes.8', 'lanes.1000'],
  ['every span traced, beside no tracing', 'traced'],
  ['a new instance for each event', 'fresh.rate'],
  ['a script on QuickJS, queue to queue', 'typescript.rate'],
];

const heading = `Medians of ${date} on ${machine} with Node ${node}${quick ? ', a quick run' : ''}; nothing else ran but the broker.\n`;

function told({ median, unit }: Figure): string {
  return `${short(median)}${unit.startsWith('of ') ? '' : ` ${unit}`}`;
}

function goalOf({ goal, better, unit }: Figure): string {
  if (goal === undefined) return '';
  return `${better === 'higher' ? '>=' : '<='} ${short(goal)}${unit.startsWith('of ') ? '' : ` ${unit}`}`;
}

function summary(): string {
  const lines = rows.flatMap(([what, ...names]) => {
    const known = names.flatMap((name) => figures[name] ?? []);
    if (known.length < names.length) return [];
    return [`| ${what} | ${known.map(told).join('; ')} | ${known.map(goalOf).join('; ')} |`];
  });
  return [heading, '| figure | measured | goal |', '|---|---|---|', ...lines, ''].join('\n');
}

function whole(): string {
  const parts = benches.map(({ name, about }) => {
    const own = Object.entries(figures).filter(([figure]) => figure === name || figure.startsWith(`${name}.`));
    const lines = own.map(([figure, value]) => {
      const [median, min, max] = [value.median, value.min, value.max].map(short);
      const reached = isReached(value);
      const verdict = reached === undefined ? '' : reached ? 'reached' : 'missed';
      return `| ${figure} | ${median} | ${min} | ${max} | ${value.unit} | ${goalOf(value)} | ${verdict} |`;
    });
    const head = ['| figure | median | min | max | unit | goal | |', '|---|---|---|---|---|---|---|'];
    return [`## ${name}\n`, `${about}\n`, ...head, ...lines, ''].join('\n');
  });
  return [heading, ...parts].join('\n');
}

/** Puts a text between the marks of a file. */
function write(file: string, text: string): void {
  const path = join(root, file);
  const before = readFileSync(path, 'utf8');
  const [begin, end] = [before.indexOf(BEGIN), before.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`${file} has no place for it: wanted ${BEGIN.trim()} and ${END}`);
  writeFileSync(path, `${before.slice(0, begin + BEGIN.length)}\n${text}\n${before.slice(end)}`);
}

write('README.md', summary());
write(join('docs', 'benchmarks.md'), whole());
