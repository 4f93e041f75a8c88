/** Part of the cache's key. Change it with the output of `guardedGlue`, or with the checks and rewrites of core modules: older entries then miss. */
export const GUARDS_REVISION = 7;

/** Alignment of each kind of access, in bytes. */
const widths: Readonly<Record<string, number>> = {
  Int8: 1,
  Uint8: 1,
  Int16: 2,
  Uint16: 2,
  Int32: 4,
  Uint32: 4,
  Float32: 4,
  BigInt64: 8,
  BigUint64: 8,
  Float64: 8,
};

/**
 * The generated code with calls of a GlueBoundary (`instantiateCore.boundary`) added: before it lifts text and lists, calls an allocator or
 * leaves the guest, to check the alignment of pointers, and where a handle is unknown. Throws when the code differs from that of jco-transpile 0.15: a place that is not
 * found would stay unbounded.
 */
export function guardedGlue(glue: string): string {
  let guarded = once(glue, /^export function instantiate\(.*\) \{$/m, (line) =>
    [line, '  const $boundary = instantiateCore.boundary;'].join('\n'),
  );
  guarded = guarded
    .replace(/= new TextDecoder\(\);/g, '= $boundary.utf8;')
    .replace(/= new TextDecoder\('utf-16'\);/g, '= $boundary.utf16;')
    .replace(/= new TextEncoder\(\);/g, '= $boundary.encoder;');
  refuse(guarded, 'new TextDecoder', 'decodes text');
  guarded = withLists(guarded);
  guarded = withAllocators(guarded);
  guarded = withCrossings(guarded);
  guarded = withHandles(guarded);
  return withAlignment(guarded);
}

function withLists(glue: string): string {
  const guarded = glue
    .replace(/^ *for \(let i = 0; i < (len\d+); i\+\+\) \{$/gm, (loop, length) => `$boundary.list(${length});\n${loop}`)
    .replace(/^ *for \(var i = 0; i < len; i\+\+\) \{$/gm, (loop) => `$boundary.list(len);\n${loop}`);
  const loops = guarded.match(/; i < (?:len\d*|[a-z]*[lL]en(?:gth)?);/g)?.length ?? 0;
  if (loops !== guarded.split('$boundary.list(').length - 1) throw strange('lifts lists');
  return guarded;
}

function withAllocators(glue: string): string {
  const guarded = glue.replace(
    /^( *realloc\d+ = )(\S+);$/gm,
    (_, assigned, realloc) => `${assigned}$boundary.allocator(${realloc});`,
  );
  const assigned = guarded.match(/^ *realloc\d+ =/gm)?.length ?? 0;
  if (assigned !== guarded.split('$boundary.allocator(').length - 1) throw strange('finds allocators');
  return guarded.replace(
    /^( *realloc\d+Async = )(?:WebAssembly\.promising\()?([^\s()]+)\)?;$/gm,
    '$1$$boundary.allocator($2);',
  );
}

/** Every import that a guest calls begins with this function. */
function withCrossings(glue: string): string {
  if (!/_checkMayLeave|_trampoline/.test(glue)) return glue;
  return once(glue, /^ *function _checkMayLeave\(.*\) \{$/m, (line) => `${line}\n    $boundary.crossing();`);
}

/**
 * For an unknown handle, such as one that was dropped, generated code makes an object without content. A method that reads nothing of it
 * would answer.
 */
function withHandles(glue: string): string {
  const guarded = glue.replace(
    /^( *if \(!(\w+)\) \{\n *\2 = )Object\.create\(([\w$]+)\.prototype\);$/gm,
    "$1$$boundary.unknownHandle('$3');",
  );
  if (/captureTable\d+\.get\(.*\);\n.*\n.*Object\.create\(/.test(guarded)) throw strange('finds resources');
  return guarded;
}

/** The alignment of a guest's pointer follows from the accesses that the code makes through it. */
function withAlignment(glue: string): string {
  const imports = glue.replace(/^ *const _trampoline\d+ = [^]*?^ *_trampoline\d+\.fnName = /gm, withArguments);
  // An export's answer lies where its result points, which the code calls `ret`.
  return imports
    .split(/^(?=.*\blet ret;$)/m)
    .map(withResult)
    .join('');
}

function withResult(piece: string): string {
  const align = widest(piece, /\.get(\w+)\(ret \+ \d+/g);
  return align === 0
    ? piece
    : piece.replace(/\.get\w+\(ret\b/, (access) => `${access.slice(0, -3)}$boundary.answer(ret, ${align})`);
}

/** WebAssembly gives addresses and lengths as signed numbers: from 2 GiB on they are negative. */
function withArguments(trampoline: string): string {
  const unsigned = trampoline.replace(/^( *var (?:ptr|len|base)\d+ = arg\d+);$/gm, '$1 >>> 0;');
  return once(unsigned, /^ *const _trampoline\d+ = (?:async )?function\(.*\) \{$/m, (head) => {
    const names = /\((.*)\)/.exec(head)?.[1]?.split(', ') ?? [];
    const checks = names.flatMap((name) => {
      const align = widest(trampoline, new RegExp(`\\.[gs]et(\\w+)\\(${name} \\+ \\d+`, 'g'));
      if (align === 1) return [`${name} >>>= 0;`];
      return align > 1 ? [`${name} = $boundary.aligned(${name} >>> 0, ${align});`] : [];
    });
    return [head, ...checks].join('\n');
  });
}

/** The widest of the accesses found; 0 when there is none. */
function widest(piece: string, access: RegExp): number {
  const found = Array.from(piece.matchAll(access), ([, kind = '']) => {
    const width = widths[kind];
    if (width === undefined) throw strange(`accesses memory (${kind})`);
    return width;
  });
  return Math.max(0, ...found);
}

function once(text: string, pattern: RegExp, replaced: (line: string) => string): string {
  const found = pattern.exec(text);
  if (found === null) throw strange(`is laid out (${pattern.source})`);
  const rest = text.slice(found.index + found[0].length);
  if (pattern.test(rest)) throw strange(`is laid out (${pattern.source})`);
  return text.slice(0, found.index) + replaced(found[0]) + rest;
}

function refuse(text: string, part: string, what: string): void {
  if (text.includes(part)) throw strange(what);
}

function strange(what: string): Error {
  return new Error(`the generated code ${what} in a way that is not known`);
}
