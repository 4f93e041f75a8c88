import type { CallPath } from '../../src/component/load-component.ts';
import type { HostKind } from '../../src/pool/host/host.ts';

/** What stops a guest, as it stands in the sources: without it, a case of `cases.ts` that names it must fail. */
export interface Guard {
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  /** The exact text of the guard: it stands there once. */
  readonly find: string;
  /** How events reach the guests. Default: by generated code, which has most guards. */
  readonly path?: CallPath;
  /** Where the guests run that it stops. Default: `thread`; most guards stand in what both hosts share. */
  readonly host?: HostKind;
  /** What takes its place, so that the guard is gone and everything else works. */
  readonly without: string;
}

const STREAMS = 'src/capability/wasi/streams.ts';
const BOUNDARY = 'src/component/glue/glue-boundary.ts';

const PRINTABLE = 'src/printable.ts';

const CHECK = 'src/component/core/core-check.ts';
const FIRST_STATE = 'src/pool/guest/first-state.ts';

export const guards: readonly Guard[] = [
  {
    name: 'memory maximums',
    file: 'src/component/core/memory-limit.ts',
    find: 'withMaximums(bytes, limits.get(name) ?? [], maximums)',
    without:
      'withMaximums(bytes, limits.get(name) ?? [], new Map([...maximums].map(([limits]) => [limits, limits.reach])))',
  },
  {
    name: 'watchdog',
    file: 'src/pool/crew/watchdog.ts',
    find: 'if (running !== undefined && running.leftMs < 0) this.#watched.overdue(running.first);',
    without: 'if (running?.leftMs === Infinity) this.#watched.overdue(0);',
  },
  {
    name: 'memory watch',
    file: 'src/pool/host/memory-watch.ts',
    find: 'thread.overBudget(stay.grownAlone, stay.first, true);',
    without: '{}',
  },
  {
    name: 'budgets of processes',
    file: 'src/pool/host/process-host.ts',
    host: 'process',
    find: 'if (held > this.#options.budgetBytes) this.#listener.overBudget(held);',
    without: 'void held;',
  },
  {
    name: 'deadlines in processes',
    file: 'src/pool/host/process-entry.ts',
    host: 'process',
    find: "if (overdue !== 0 && overdue === late) tell({ kind: 'overdue', first: overdue });",
    without: '',
  },
  {
    name: 'threads left behind',
    file: 'src/pool/crew/thread.ts',
    find: 'setImmediate(() => this.#leaveBehind(demise))',
    without: '{}',
  },
  {
    name: 'turns of resumed guests',
    file: 'src/pool/guest/turns.ts',
    find: 'if (occupancy.run !== undefined) this.take(occupancy.run);',
    without: '',
  },
  {
    name: 'resources',
    file: 'src/capability/host-resource.ts',
    find: 'if (this.#kind.size >= most)',
    without: 'if (this.#kind.size < 0)',
  },
  {
    name: 'random bytes',
    file: 'src/capability/wasi/random.ts',
    find: 'if (length > MOST_BYTES)',
    without: 'if (length < 0n)',
  },
  {
    name: 'pieces of lines',
    file: 'src/capability/wasi/line-writer.ts',
    find: 'rest.length - (rest.length % LONGEST_PIECE)',
    without: '0',
  },
  {
    name: 'lines of a call',
    file: 'src/pool/guest/line-limit.ts',
    find: 'this.#lines === MOST_LINES ||',
    without: '',
  },
  {
    name: 'text of a call',
    file: 'src/pool/guest/line-limit.ts',
    find: '|| this.#text >= MOST_TEXT',
    without: '',
  },
  {
    name: 'links of a walk',
    file: 'src/capability/wasi/filesystem/walk.ts',
    find: 'if (++links > MOST_LINKS)',
    without: 'if (++links < 0)',
  },
  {
    name: 'calls while freeing, called directly',
    file: 'src/pool/guest/direct/direct-call.ts',
    path: 'auto',
    find: 'postReturn && (callGlue ? boundary.postReturn(postReturn) : postReturn)',
    without: 'postReturn && (callGlue ? postReturn : postReturn)',
  },
  { name: 'writes', file: STREAMS, find: 'atMost(bytes.length, MOST_BYTES);', without: '' },
  { name: 'flushed writes', file: STREAMS, find: 'atMost(bytes.length, MOST_FLUSHED_BYTES);', without: '' },
  {
    name: 'paths',
    file: 'src/capability/wasi/filesystem/walk.ts',
    find: "if (isTooLong(path)) throw fsError('name-too-long');",
    without: '',
  },
  {
    name: 'handles',
    file: 'src/component/glue/guarded-glue.ts',
    find: '  guarded = withHandles(guarded);\n',
    without: '',
  },
  {
    name: 'polled handles',
    file: 'src/capability/wasi/pollable.ts',
    find: 'pollables.length > MOST_POLLED',
    without: 'pollables.length < 0',
  },
  {
    name: 'parts of requests',
    file: 'src/capability/wasi/http/http-request.ts',
    find: 'part.length > LONGEST_PART',
    without: 'part.length < 0',
  },
  {
    name: 'requests under way',
    file: 'src/capability/wasi/http/http-exchange.ts',
    find: 'MOST_EXCHANGES = 16;',
    without: 'MOST_EXCHANGES = 1000;',
  },
  {
    name: 'unsent bodies',
    file: 'src/capability/wasi/http/http-upload.ts',
    find: 'if (held > MOST_EARLY_BYTES)',
    without: 'if (held < 0)',
  },
  {
    name: 'fields',
    file: 'src/capability/wasi/http/http-fields.ts',
    find: 'if (fields.length > MOST_FIELDS)',
    without: 'if (fields.length < 0)',
  },
  {
    name: 'reserved topics',
    file: 'src/publish-grant.ts',
    find: 'if (part !== given && at === 0 && RESERVED.test(given)) return false;',
    without: '',
  },
  {
    name: 'publishes of a call',
    file: 'src/capability/messaging/publish-service.ts',
    find: 'if (before + bytes > mostBytes)',
    without: 'if (bytes > mostBytes)',
  },
  {
    name: 'batches of keys',
    file: 'src/capability/keyvalue/limits.ts',
    find: 'if (entries > MOST_ENTRIES)',
    without: 'if (entries < 0)',
  },
  { name: 'lifted text', file: BOUNDARY, find: 'this.#lift(bytes.byteLength + STRING_BYTES);', without: '' },
  { name: 'lifted lists', file: BOUNDARY, find: 'this.#lift(items * ITEM_BYTES);', without: 'void items;' },
  {
    name: 'reasons',
    file: 'src/contract/lift-answer.ts',
    find: 'return shortened(textOf(value, what), LONGEST_REASON);',
    without: 'return textOf(value, what);',
  },
  {
    name: 'cut texts',
    file: 'src/bounded-text.ts',
    path: 'auto',
    find: 'return text.length <= most ? text :',
    without: 'return text.length > 0 ? text :',
  },
  {
    name: 'cut names',
    file: 'src/bounded-event.ts',
    find: 'if (text.length <= most) return text;',
    without: 'if (text.length > 0) return text;',
  },
  {
    name: 'printable text',
    file: PRINTABLE,
    find: 'return text.replaceAll(UNPRINTABLE, escaped);',
    without: 'return text;',
  },
  {
    name: 'printable lines',
    file: PRINTABLE,
    find: "character === '\\n' || character === '\\t' ? character : escaped(character),",
    without: 'character,',
  },
  {
    name: 'printable JSON',
    file: PRINTABLE,
    find: 'return json.replaceAll(UNPRINTABLE_IN_JSON, escaped);',
    without: 'return json;',
  },
  {
    name: 'linear patterns',
    file: 'src/printable.ts',
    find: '.replaceAll(/(?<=:\\/\\/)[^\\s/?#"\'\\\\]*@/g, `${hidden}@`)',
    without: '.replaceAll(/([a-z][a-z\\d+.-]*:\\/\\/)[^\\s/?#"\'\\\\]*@/gi, `$1${hidden}@`)',
  },
  {
    name: 'well-formed text',
    file: BOUNDARY,
    find: "new TextDecoder('utf-8', { fatal: true,",
    without: "new TextDecoder('utf-8', {",
  },
  { name: 'alignment', file: BOUNDARY, find: 'if (pointer % bytes !== 0)', without: 'if (pointer % 1 !== 0)' },
  {
    name: 'alignment of results',
    file: 'src/component/glue/guarded-glue.ts',
    find: 'return align > 1 ?',
    without: 'return align > 8 ?',
  },
  {
    name: 'alignment of allocations',
    file: BOUNDARY,
    find: 'return this.aligned(pointer, align) >>> 0;',
    without: 'return pointer >>> 0;',
  },
  { name: 'calls while allocating', file: BOUNDARY, find: 'if (this.#closed !== undefined)', without: 'if (false)' },
  {
    name: 'types',
    file: CHECK,
    find: 'if (id === TYPE_SECTION && !onlyFunctions(content, count))',
    without: 'if (id < 0)',
  },
  {
    name: 'instructions',
    file: 'src/component/core/code-shape.ts',
    find: 'else if (code === 0xfb || code === 0xd3)',
    without: 'else if (code < 0)',
  },
  {
    name: 'weight of answers, called directly',
    file: 'src/pool/guest/direct/lift-answers.ts',
    path: 'auto',
    find: 'if (this.#left >= 0) return;',
    without: 'if (bytes >= 0) return;',
  },
  {
    name: 'weight of messages',
    file: 'src/outcome.ts',
    path: 'auto',
    find: 'MESSAGE_BYTES = 512;',
    without: 'MESSAGE_BYTES = 0;',
  },
  {
    name: 'alignment, called directly',
    file: 'src/pool/guest/direct/guest-memory.ts',
    path: 'auto',
    find: 'if ((address & (align - 1)) !== 0) throw new MalformedValue(',
    without: 'if (align < 0) throw new MalformedValue(',
  },
  {
    name: 'well-formed text, called directly',
    file: 'src/pool/guest/direct/guest-memory.ts',
    path: 'auto',
    find: 'const STRICTLY = { fatal: true,',
    without: 'const STRICTLY = { fatal: false,',
  },
  {
    name: 'restored memories',
    file: FIRST_STATE,
    find: 'bytes.set(first.subarray(at, end), at);',
    without: 'continue;',
  },
  {
    name: 'restored globals',
    file: FIRST_STATE,
    find: 'if (!Object.is(global.value, value)) global.value = value;',
    without: 'void value;',
  },
  {
    name: 'memories that have grown',
    file: FIRST_STATE,
    find: 'buffer.byteLength === memories[n]?.length',
    without: 'buffer.byteLength >= n && memories.length > 0',
  },
  { name: 'calls of imports', file: FIRST_STATE, find: 'this.#hasLeft = true;', without: '' },
  {
    name: 'tables that change',
    file: 'src/component/core/code-shape.ts',
    find: 'if (code === TABLE_SET)',
    without: 'if (code < 0)',
  },
  {
    name: 'segments that are dropped',
    file: 'src/component/core/code-shape.ts',
    find: 'const lasting = lastingBulk.get(code);',
    without: 'const lasting = lastingBulk.get(-code);',
  },
  {
    name: 'globals that are no numbers',
    file: 'src/component/core/state-exports.ts',
    find: 'if (!numbers.has(type)) throw',
    without: 'if (!numbers.has(type)) continue; else if (count < 0) throw',
  },
  {
    name: 'calls while allocating, called directly',
    file: 'src/component/glue/taskless-glue.ts',
    path: 'auto',
    find: '`\\n_checkMayLeave(${caller});\\n`',
    without: "'\\n'",
  },
  { name: 'shared memories', file: CHECK, find: '(flags & SHARED) !== 0', without: 'flags < 0' },
  { name: '64-bit addresses', file: CHECK, find: '(flags & ADDRESS_64) !== 0', without: 'flags < 0' },
  {
    name: 'branches',
    file: CHECK,
    find: "over('values at branches of one function', branchValues, most.branchValues)",
    without: 'undefined',
  },
  {
    name: 'all branches',
    file: CHECK,
    find: "over('values at branches, in all functions together', branchValues, most.allBranchValues)",
    without: 'undefined',
  },
  {
    name: 'parameters',
    file: 'src/component/core/code-shape.ts',
    find: 'let locals = typeOf(signatures, type).takes;',
    without: 'let locals = 0;',
  },
  {
    name: 'values of blocks',
    file: 'src/component/core/code-shape.ts',
    find: 'code === BLOCK ? 0 : 1, handedOver: arity.takes + arity.gives',
    without: 'code === BLOCK ? 0 : 1, handedOver: 0',
  },
  {
    name: 'values of calls',
    file: 'src/component/core/code-shape.ts',
    find: 'branches: 0, handedOver: arity.takes + arity.gives',
    without: 'branches: 0, handedOver: 0',
  },
  {
    name: 'operands',
    file: 'src/component/core/code-shape.ts',
    find: 'branches * (locals + height)',
    without: 'branches * locals',
  },
  {
    name: 'locals',
    file: CHECK,
    find: "over('locals in one function', locals, most.locals) ??",
    without: '',
  },
  {
    name: 'function bodies',
    file: CHECK,
    find: "over('bytes in one function', bytes, most.bodyBytes) ??",
    without: '',
  },
  { name: 'sections', file: CHECK, find: 'if (count > section.most)', without: 'if (count < 0)' },
  {
    name: 'minimums',
    file: 'src/component/core/memory-limit.ts',
    find: 'if (left < 0n) return undefined;',
    without: '',
  },
  {
    name: 'table maximums',
    file: 'src/component/core/memory-limit.ts',
    find: 'const maximums = new Map([...pages, ...entries]);',
    without:
      'const maximums = new Map([...pages, ...[...entries].map(([limits]) => [limits, limits.reach] as const)]);',
  },
  {
    name: 'ways up',
    file: 'src/capability/wasi/filesystem/walk.ts',
    find: "if (this.#names.pop() === undefined) throw fsError('not-permitted');",
    without: "if (this.#names.pop() === undefined) { this.#here = this.#here.enter('..'); return; }",
  },
  {
    name: 'steps of a walk',
    file: 'src/capability/wasi/filesystem/walk.ts',
    find: 'if (++this.#steps > MOST_STEPS)',
    without: 'if (++this.#steps < 0)',
  },
  {
    name: 'held folders',
    file: 'src/capability/wasi/filesystem/filesystem.ts',
    find: 'return Folder.again(fd, host);',
    without: 'void fd; return Folder.open(host);',
  },
  {
    name: 'descriptors',
    file: 'src/capability/wasi/filesystem/open-file.ts',
    find: 'MOST_DESCRIPTORS = 64;',
    without: 'MOST_DESCRIPTORS = 100_000;',
  },
  {
    name: 'read-only files',
    file: 'src/capability/wasi/filesystem/descriptor.ts',
    find: "if (readonly && needsWriting(openFlags, flags)) throw fsError('read-only');",
    without: '',
  },
  {
    name: 'read-only folders',
    file: 'src/capability/wasi/filesystem/descriptor.ts',
    find: "if (this.#opened.readonly) throw fsError('read-only');",
    without: '',
  },
];
