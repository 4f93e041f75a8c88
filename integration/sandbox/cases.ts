import { mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Grants } from '../../src/capability/capability.ts';
import type { ErrorCode } from '../../src/errors.ts';
import type { OutcomeKind, TrapCause } from '../../src/outcome.ts';
import type { PoolOptions } from '../../src/pool/pool.ts';
import { buildGuest } from '../guests/build-guest.ts';
import { buildHostileFile } from './build-hostile.ts';
import { generated } from './generated.ts';

/** How the call of a hostile guest must end. */
export type Ending =
  | { readonly kind: 'trapped'; readonly cause: TrapCause; readonly reason?: RegExp }
  | { readonly kind: Exclude<OutcomeKind, 'trapped'> };

/**
 * That, or the code with which its component is refused. `shown`: the guest and its event say what a terminal would act on, and none of it
 * may reach one. `logged`: they say what patterns could stumble over, and nothing may take more than linear work.
 */
export type Expected =
  | Ending
  | { readonly kind: 'shown' }
  | { readonly kind: 'logged' }
  | { readonly refused: ErrorCode };

/** A guest of one behaviour, and what must become of it. */
export interface Case {
  /** What the guest does. */
  readonly name: string;
  /** Default: `guests/NAME.wat`. */
  readonly guest?: () => Promise<string>;
  readonly expected: Expected;
  /** Of `guards.ts`: what stops it. Without any one of them, a case that names it fails. Empty: V8 does it, or more than one guard would. */
  readonly guards: readonly string[];
  /** Default: 64 MiB. */
  readonly memoryBytes?: number;
  /** Time limit of a call, in milliseconds. Default: 20,000, which no case comes near. */
  readonly timeoutMs?: number;
  /** Default: none. Folders are made anew for each run of a case. */
  readonly grants?: (folder: string) => Partial<Grants>;
  readonly pool?: Partial<PoolOptions>;
  /** What stops it is the same code on both hosts: the short form plays it on threads alone. */
  readonly shared?: true;
  /** What the process may hold meanwhile, in MiB beyond what it held before. Default: 640. */
  readonly mostMiB?: number;
}

const trapped = (cause: TrapCause, reason?: RegExp): Expected => ({
  kind: 'trapped',
  cause,
  ...(reason !== undefined && { reason }),
});

const timedOut: Expected = { kind: 'timed-out' };
const tooLarge: Expected = { refused: 'SLU2012' };
const completed: Expected = { kind: 'completed' };
const freshRejects: Pick<Case, 'expected' | 'pool'> = {
  expected: { kind: 'rejected' },
  pool: { isolation: 'fresh', instances: 1 },
};
/** Held open for as long as the process that plays the case lives. */
const folder = (host: string): Partial<Grants> => ({
  files: { '/data': { host, readonly: false, fd: openSync(host, 'r') } },
});

/** A folder with the file `inside`, beside the file `outside`. */
const inAFolder =
  (readonly: boolean) =>
  (parent: string): Partial<Grants> => {
    const host = join(parent, 'granted');
    mkdirSync(join(host, 'sub'), { recursive: true });
    writeFileSync(join(host, 'inside'), '');
    writeFileSync(join(parent, 'outside'), '');
    return { files: { '/data': { host, readonly, fd: openSync(host, 'r') } } };
  };

/** Two folders, one in the other, as no manifest can grant them, and a link out of both to a folder with the file `outside`. */
const nested = (parent: string): Partial<Grants> => {
  const [outer, inner] = [join(parent, 'outer'), join(parent, 'outer', 'inner')];
  for (const each of [inner, join(parent, 'beside')]) mkdirSync(each, { recursive: true });
  writeFileSync(join(parent, 'beside', 'outside'), '');
  symlinkSync('../beside', join(outer, 'lead'));
  const granted = (host: string) => ({ host, readonly: false, fd: openSync(host, 'r') });
  return { files: { '/a': granted(outer), '/b': granted(inner) } };
};

/** A link that leads to another one, which leads back. */
const circle = (host: string): Partial<Grants> => {
  symlinkSync('there', join(host, 'here'));
  symlinkSync('here', join(host, 'there'));
  return folder(host);
};

/** Folders called `d`, 60 in one another. */
const deep = (host: string): Partial<Grants> => {
  mkdirSync(join(host, ...Array.from({ length: 60 }, () => 'd')), { recursive: true });
  return folder(host);
};

const says = (): Promise<string> => buildHostileFile('says');

/** Every hostile guest. A new one is a line here and a file in `guests/`. */
export const cases: readonly Case[] = [
  { name: 'unreachable', expected: trapped('trap'), guards: [] },
  { name: 'start-traps', shared: true, expected: { refused: 'SLU2006' }, guards: [] },
  { name: 'start-calls', shared: true, expected: { refused: 'SLU2006' }, guards: [] },
  { name: 'recursion', expected: trapped('trap'), guards: [] },
  { name: 'grows', expected: trapped('memory'), guards: ['memory maximums'] },
  {
    name: 'hoards',
    expected: trapped('memory', /limits\.budget is 256 MiB/),
    guards: ['memory watch', 'budgets of processes'],
    memoryBytes: 512 * 2 ** 20,
    pool: { budgetBytes: 256 * 2 ** 20 },
  },
  { name: 'spins', expected: timedOut, guards: ['watchdog', 'deadlines in processes'], timeoutMs: 200 },
  { name: 'waits-long', shared: true, expected: timedOut, guards: [], timeoutMs: 200 },
  { name: 'waits-and-spins', expected: timedOut, guards: ['turns of resumed guests'], timeoutMs: 200 },
  {
    name: 'waits-and-allocates',
    shared: true,
    expected: timedOut,
    guards: ['turns of resumed guests'],
    timeoutMs: 200,
  },
  { name: 'post-return-spins', shared: true, expected: timedOut, guards: [], timeoutMs: 200 },
  { name: 'post-return-spins-late', expected: timedOut, guards: ['turns of resumed guests'], timeoutMs: 200 },
  // What an instance keeps for its next event, where each event has a fresh one. Nothing is found: the event is rejected.
  { name: 'leaves-messages', ...freshRejects, guards: ['restored memories', 'restored globals'] },
  { name: 'leaves-growth', shared: true, ...freshRejects, guards: ['memories that have grown'] },
  { name: 'leaves-in-tables', shared: true, ...freshRejects, guards: ['tables that change'] },
  { name: 'leaves-in-segments', shared: true, ...freshRejects, guards: ['segments that are dropped'] },
  { name: 'leaves-a-reference', shared: true, ...freshRejects, guards: ['globals that are no numbers'] },
  {
    name: 'leaves-handles',
    shared: true,
    guest: () => buildGuest('leaves-handles'),
    ...freshRejects,
    guards: ['calls of imports'],
  },
  // What a guest gives to host functions.
  { name: 'newlines', expected: trapped('trap', /at most 65536 bytes/), guards: ['writes'] },
  { name: 'flushes', shared: true, expected: trapped('trap', /at most 4096 bytes/), guards: ['flushed writes'] },
  { name: 'long-path', expected: completed, guards: ['paths'], grants: folder },
  {
    name: 'uses-a-dropped-handle',
    shared: true,
    expected: trapped('malformed', /names no Descriptor/),
    guards: ['handles'],
    grants: folder,
  },
  { name: 'polls', shared: true, expected: trapped('output-too-large'), guards: ['lifted lists'] },
  { name: 'polls-less', shared: true, expected: trapped('trap', /more than 1024 handles/), guards: ['polled handles'] },
  {
    name: 'hoards-pollables',
    shared: true,
    expected: trapped('trap', /more than 1024 .* Pollable/),
    guards: ['resources'],
  },
  { name: 'random', shared: true, expected: trapped('trap', /random bytes/), guards: ['random bytes'], mostMiB: 150 },
  { name: 'dribbles', shared: true, expected: completed, guards: ['pieces of lines'], mostMiB: 150 },
  { name: 'many-lines', shared: true, expected: completed, guards: ['lines of a call'] },
  { name: 'much-text', shared: true, expected: completed, guards: ['text of a call'] },
  { name: 'lines', shared: true, expected: completed, guards: [], mostMiB: 350 },
  { name: 'request-paths', shared: true, expected: completed, guards: ['parts of requests'], mostMiB: 350 },
  {
    name: 'many-requests',
    shared: true,
    expected: trapped('trap', /more than 16 .* HTTP request/),
    guards: ['requests under way'],
    grants: () => ({ http: ['http://127.0.0.1:9'] }),
  },
  {
    name: 'unsent-bodies',
    shared: true,
    expected: trapped('trap', /1048576 bytes must be written after/),
    guards: ['unsent bodies'],
    grants: () => ({ http: ['http://127.0.0.1:9'] }),
  },
  { name: 'many-fields', shared: true, expected: trapped('trap', /1024 fields/), guards: ['fields'] },
  {
    name: 'publishes-elsewhere',
    expected: completed,
    guards: ['reserved topics'],
    grants: () => ({ publish: { out: ['>', '*.*.>'] } }),
  },
  {
    name: 'floods-outputs',
    expected: completed,
    guards: ['publishes of a call'],
    grants: () => ({ publish: { out: ['orders.*'] } }),
  },
  // Files.
  { name: 'leaves-by-path', expected: completed, guards: ['ways up'], grants: inAFolder(false) },
  { name: 'replaces-a-grant', expected: completed, guards: ['held folders'], grants: nested },
  {
    name: 'hoards-files',
    expected: trapped('trap', /more than 64 .* file descriptor/),
    guards: ['descriptors'],
    grants: folder,
  },
  {
    name: 'writes-read-only',
    expected: completed,
    guards: ['read-only files', 'read-only folders'],
    grants: inAFolder(true),
  },
  { name: 'follows-links', shared: true, expected: completed, guards: ['links of a walk'], grants: circle },
  { name: 'zigzags', shared: true, expected: completed, guards: ['steps of a walk'], grants: deep },
  { name: 'many-keys', expected: completed, guards: ['batches of keys'], grants: () => ({ keyvalue: ['default'] }) },
  {
    name: 'keys',
    shared: true,
    expected: trapped('output-too-large'),
    guards: ['lifted text'],
    grants: () => ({ keyvalue: ['default'] }),
  },
  {
    name: 'not-utf8-line',
    shared: true,
    expected: trapped('malformed', /not well-formed/),
    guards: ['well-formed text'],
  },
  // What it answers.
  {
    name: 'strings',
    expected: trapped('output-too-large'),
    guards: ['lifted text', 'weight of answers, called directly'],
  },
  { name: 'headers', shared: true, expected: trapped('output-too-large'), guards: ['lifted lists'] },
  { name: 'tiny', shared: true, expected: trapped('output-too-large'), guards: ['weight of messages'] },
  { name: 'reason', shared: true, expected: { kind: 'rejected' }, guards: ['reasons'] },
  {
    name: 'not-utf8',
    expected: trapped('malformed', /not well-formed/),
    guards: ['well-formed text', 'well-formed text, called directly'],
  },
  // What a person sees of it.
  {
    name: 'says',
    shared: true,
    expected: { kind: 'shown' },
    guards: ['printable text', 'printable JSON', 'printable lines', 'cut names'],
  },
  { name: 'shapes', shared: true, guest: says, expected: { kind: 'logged' }, guards: ['linear patterns', 'cut texts'] },
  // The canonical ABI.
  {
    name: 'misplaced-answer',
    shared: true,
    expected: trapped('malformed', /not aligned to 4/),
    guards: ['alignment', 'alignment, called directly'],
  },
  {
    name: 'misplaced-result',
    shared: true,
    expected: trapped('malformed', /not aligned to 8/),
    guards: ['alignment of results'],
  },
  {
    name: 'misplaced-allocation',
    shared: true,
    expected: trapped('malformed', /not aligned/),
    guards: ['alignment of allocations'],
    grants: () => ({ env: { A: 'b' } }),
  },
  {
    name: 'calling-allocator',
    shared: true,
    expected: trapped('trap', /while the component allocated/),
    guards: ['calls while allocating', 'calls while allocating, called directly'],
    grants: () => ({ env: { A: 'b' } }),
  },
  {
    name: 'post-return-calls',
    shared: true,
    expected: trapped('trap'),
    guards: ['calls while freeing, called directly'],
  },
  { name: 'post-return-waits', shared: true, expected: trapped('trap'), guards: [], timeoutMs: 2000 },
  // What it is.
  { name: 'gc-arrays', expected: { refused: 'SLU2011' }, guards: ['types', 'instructions'] },
  { name: 'gc-types', expected: { refused: 'SLU2011' }, guards: ['types'] },
  { name: 'gc-instructions', expected: { refused: 'SLU2011' }, guards: ['instructions'] },
  { name: 'shared-memory', expected: { refused: 'SLU2011' }, guards: ['shared memories'] },
  { name: 'memory-64', expected: { refused: 'SLU2011' }, guards: ['64-bit addresses'] },
  { name: 'many-branches', guest: generated('many-branches'), expected: tooLarge, guards: ['branches'] },
  {
    name: 'many-branching-functions',
    guest: generated('many-branching-functions'),
    expected: tooLarge,
    guards: ['all branches'],
  },
  { name: 'many-parameters', guest: generated('many-parameters'), expected: tooLarge, guards: ['parameters'] },
  { name: 'wide-blocks', guest: generated('wide-blocks'), expected: tooLarge, guards: ['values of blocks'] },
  { name: 'wide-calls', guest: generated('wide-calls'), expected: tooLarge, guards: ['values of calls'] },
  { name: 'high-operands', guest: generated('high-operands'), expected: tooLarge, guards: ['operands'] },
  { name: 'many-locals', guest: generated('many-locals'), expected: tooLarge, guards: ['locals'] },
  { name: 'long-function', guest: generated('long-function'), expected: tooLarge, guards: ['function bodies'] },
  { name: 'many-types', guest: generated('many-types'), expected: tooLarge, guards: ['sections'] },
  { name: 'many-memories', guest: generated('many-memories'), expected: tooLarge, guards: ['sections'] },
  { name: 'large-memory', expected: { refused: 'SLU2005' }, guards: ['minimums'] },
  { name: 'large-table', expected: { refused: 'SLU2005' }, guards: ['minimums'] },
  {
    name: 'table-grows',
    shared: true,
    expected: trapped('trap'),
    guards: ['table maximums'],
    memoryBytes: 2 ** 20,
    mostMiB: 60,
  },
  { name: 'exceptions', expected: { refused: 'SLU2002' }, guards: [] },
  // The last: on threads, it goes on beside those that would follow.
  { name: 'fills', expected: timedOut, guards: ['threads left behind'], timeoutMs: 200 },
];

/** The component of a case. */
export function componentOf({ name, guest }: Case): Promise<string> {
  return guest?.() ?? buildHostileFile(name);
}
