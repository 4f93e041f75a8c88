import type { Command } from 'commander';
import { systemClock } from '../../clock.ts';
import { DeadLetterStore, type StoredLetter } from '../../dispatch/dead-letters/dead-letter-store.ts';
import { SluiceError } from '../../errors.ts';
import { jsonText, printable, printableLines, readable } from '../../printable.ts';
import type { StateFile } from '../../state/state-file.ts';
import type { Io } from '../io.ts';
import { openState } from '../manifest/open-state.ts';
import { globalsOf, wholeNumber } from '../program.ts';
import type { Refused, ReplaySources } from './dead-replay.ts';

interface Choice {
  readonly trigger?: string;
  readonly all: boolean;
}

/** Letters per read and removal. */
const BATCH = 100;
/** Letters in memory at once while listing: each includes its data. */
const LISTED_AT_ONCE = 50;

export function registerDead(program: Command, io: Io): void {
  const dead = program.command('dead').description('look at dead letters: events that were given up on');

  dead
    .command('list')
    .option('-t, --trigger <name>', 'only those of one trigger')
    .option('-n, --count <number>', 'print at most this many', wholeNumber, 50)
    .description('list dead letters, the newest first')
    .action(({ trigger, count }: { trigger?: string; count: number }, command: Command) =>
      withStore(command, io, ({ store, json }) => {
        let listed = 0;
        if (json) io.stdout.write('[');
        for (const letter of newest(store, count, trigger)) {
          const separator = listed === 0 ? '\n' : ',\n';
          io.stdout.write(json ? `${separator}${jsonText(plain(letter), 2)}` : `${line(letter)}\n`);
          listed += 1;
        }
        if (json) io.stdout.write(listed === 0 ? ']\n' : '\n]\n');
        if (listed === 0) io.stderr.write('no dead letters\n');
      }),
    );

  dead
    .command('show')
    .argument('<number>', 'its number in the list', wholeNumber)
    .option('--data', 'print only its data: byte for byte, but escaped on a terminal', false)
    .description('print one dead letter in full')
    .action((number: number, { data }: { data: boolean }, command: Command) =>
      withStore(command, io, ({ store }) => {
        const letter = known(store, number);
        if (!data) io.stdout.write(`${jsonText(plain(letter), 2)}\n`);
        else if (io.stdout.isTerminal) io.stdout.write(printableLines(new TextDecoder().decode(letter.event.data)));
        else io.stdout.write(letter.event.data);
      }),
    );

  choosing(dead.command('replay'))
    .description('put events back into their sources, as new events, and remove their dead letters')
    .action((numbers: number[] | undefined, choice: Choice, command: Command) =>
      withSources(command, io, async (store, sources) => {
        let replayed = 0;
        const refused: Refused[] = [];
        for (const numbersOfOne of chosen(store, numbers, choice)) {
          const letters = numbersOfOne.flatMap((number) => store.get(number) ?? []);
          const [first] = letters;
          if (first === undefined) continue;
          const done = await sources.replay(first.trigger, letters, store);
          replayed += done.replayed;
          refused.push(...done.refused);
        }
        io.stderr.write(`replayed ${replayed}\n`);
        const [first] = refused;
        if (first === undefined) return;
        for (const { number, error } of refused)
          io.stderr.write(`dead letter ${number} stays: ${printable(error.message)}\n`);
        throw first.error;
      }),
    );

  choosing(dead.command('purge'))
    .description('delete dead letters')
    .action((numbers: number[] | undefined, choice: Choice, command: Command) =>
      withStore(command, io, async ({ store }) => {
        let removed = 0;
        for (const some of chosen(store, numbers, choice)) removed += await store.remove(some);
        io.stderr.write(`removed ${removed}\n`);
      }),
    );
}

/** The ways to name letters: by their numbers, by trigger, or all. */
function choosing(command: Command): Command {
  return command
    .argument('[numbers...]', 'their numbers in the list', wholeNumbers)
    .option('-t, --trigger <name>', 'all of one trigger')
    .option('--all', 'all of them', false);
}

interface Store {
  readonly store: DeadLetterStore;
  readonly json: boolean;
}

async function withStore(command: Command, io: Io, step: (store: Store) => void | Promise<void>): Promise<void> {
  const globals = globalsOf(command);
  await using state = await openState(globals, io);
  await step({ store: storeIn(state), json: globals.json });
}

/** Only a replay needs the whole manifest, and the code that opens sources. */
async function withSources(
  command: Command,
  io: Io,
  step: (store: DeadLetterStore, sources: ReplaySources) => Promise<void>,
): Promise<void> {
  const [{ OpenAdapters }, { openManifest }, { ReplaySources }] = await Promise.all([
    import('../manifest/open-adapters.ts'),
    import('../manifest/open-manifest.ts'),
    import('./dead-replay.ts'),
  ]);
  const globals = globalsOf(command);
  await using open = new OpenAdapters(await openManifest(globals, io), globals.verbose);
  await using sources = new ReplaySources(open);
  await step(storeIn(open.state), sources);
}

function storeIn(state: StateFile): DeadLetterStore {
  return new DeadLetterStore(state, () => systemClock.now());
}

/** Numbers of one trigger's letters, in portions. Oldest first: events go back in the order in which they came. */
function* chosen(
  store: DeadLetterStore,
  numbers: readonly number[] = [],
  { trigger, all }: Choice,
): Generator<readonly number[]> {
  if (numbers.length > 0) {
    const letters = [...new Set(numbers)].toSorted((one, other) => one - other).map((number) => known(store, number));
    for (const some of Map.groupBy(letters, (letter) => letter.trigger).values())
      yield some.map(({ number }) => number);
    return;
  }
  if (trigger === undefined && !all) {
    throw new SluiceError('SLU1001', 'no dead letter is named', {
      fix: 'name numbers of `sluice dead list`, --trigger NAME, or --all',
    });
  }
  const upTo = store.newest; // later dead letters were not chosen
  for (let after = 0; ;) {
    const some = store.numbers(BATCH, { after, upTo, trigger });
    const last = some.at(-1);
    if (last === undefined) return;
    after = last.number;
    for (const ofOne of Map.groupBy(some, (letter) => letter.trigger).values()) yield ofOne.map(({ number }) => number);
  }
}

/** The newest letters, read in portions. */
function* newest(store: DeadLetterStore, count: number, trigger: string | undefined): Generator<StoredLetter> {
  let below = Number.MAX_SAFE_INTEGER;
  for (let left = count; left > 0;) {
    const letters = store.list(Math.min(left, LISTED_AT_ONCE), trigger, below);
    yield* letters;
    const last = letters.at(-1);
    if (last === undefined) return;
    left -= letters.length;
    below = last.number;
  }
}

function known(store: DeadLetterStore, number: number): StoredLetter {
  const letter = store.get(number);
  if (letter !== undefined) return letter;
  throw new SluiceError('SLU1001', `there is no dead letter ${number}`, { fix: 'sluice dead list' });
}

function line({ number, deadAt, trigger, event, attempt, outcome, reason }: StoredLetter): string {
  return printable(
    `${number}  ${new Date(deadAt).toISOString()}  ${trigger}  ${event.id}  attempt ${attempt}  ${outcome}: ${reason}`,
  );
}

/** A letter as JSON: bytes as text if they are UTF-8, otherwise as base64. */
function plain({ event, deadAt, ...rest }: StoredLetter): object {
  const { time, key, data, ...about } = event;
  return {
    ...rest,
    deadAt: new Date(deadAt).toISOString(),
    event: { ...about, time: String(time), ...(key === undefined ? {} : { key: readable(key) }), data: readable(data) },
  };
}

function wholeNumbers(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, wholeNumber(text)];
}
