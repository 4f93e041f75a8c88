/**
 * Generated code (see guardedGlue) whose imports need no task, so that a guest can be called without one. jco-transpile makes a task and a subtask
 * for every call of an import, to know which call it belongs to. That takes some 5 us, and outside of a task each is kept for good. Our instances
 * run one call at a time, so nothing needs to be tracked.
 *
 * The code that lifts, checks, bounds and lowers values, and the handle tables, stay as generated: only bookkeeping is removed, and only if its text
 * is exactly as expected. `undefined` if anything differs.
 */
export function tasklessGlue(glue: string): string | undefined {
  try {
    return checked(withoutParts(withoutTasks(glue)));
  } catch (thrown) {
    if (thrown instanceof UnknownForm) return undefined;
    throw thrown;
  }
}

/** Not a fault: the component is of another kind, or another version generated the code. */
class UnknownForm extends Error {
  override readonly name = 'UnknownForm';
}

/** The function behind an import, as core modules call it once `LOWERED` is around it. */
const IMPORT =
  /^( *)const (_trampoline\d+) = (async )?function\(.*\) \{$[^]*?^\1\}\n *\2\.fnName = '[^']*';$(?:\n *\2\.manuallyAsync = true;$)?/gm;
const LOWERED =
  /^( *)let trampoline(\d+) = (_trampoline\2)\.manuallyAsync \? [^]*?^\1\)\)\) : _lowerImportBackwardsCompat\.bind\([^]*?^\1\);$/gm;

const HEAD = `
  _debugLog('[iface="ANY", function="ANY"] [Instruction::CallInterface] (sync, @ enter)');
  const hostProvided = true;
  let parentTask;
  let task;
  let subtask;
  const createTask = () => {
    const results = createNewCurrentTask({
      componentIdx: -1,
      isAsync: false,
      entryFnName: 'ANY',
      getCallbackFn: () => null,
      callbackFnName: null,
      errHandling: 'ANY',
      callingWasmExport: false,
    });
    task = results[0];
  };
  taskCreation: {
    parentTask = getCurrentTask(
    ANY,
    _getGlobalCurrentTaskMeta(ANY)?.taskID,
    )?.task;
    if (!parentTask) {
      createTask();
      break taskCreation;
    }
    createTask();
    if (hostProvided) {
      subtask = parentTask.getLatestSubtask();
      if (!subtask) {
        throw new Error(\`Missing subtask (in parent task [\${parentTask.id()}]) for host import, has the import been lowered? (ensure asyncImports are set properly)\`);
      }
      task.setParentSubtask(subtask);
    }
  }
`;
const BEGIN = form(`${HEAD} const started = task.enterSync(); let ret;`);
const BEGIN_WAITING = form(`${HEAD}
  const started = await task.enter({ isHost: hostProvided });
  if (!started) {
    _debugLog('[Instruction::CallInterface] failed to enter task', {
      taskID: task.id(),
      subtaskID: task.getParentSubtask()?.id(),
    });
    throw new Error("failed to enter task");
  }
  let ret;
`);
const MADE = '({ componentIdx: task.componentIdx(), taskID: task.id(), fn: () => _trackHostOperation(() => CALL), }) ;';
const CALL = form(`_withGlobalCurrentTaskMeta${MADE}`);
const CALL_WAITING = form(`await _withGlobalCurrentTaskMetaAsync${MADE}`);
const FAILED = `{
    _debugLog('[Instruction::CallInterface] error during ANY call', {
      taskID: task.id(),
      subtaskID: task.getParentSubtask()?.id(),
      err,
    });
    getOrCreateAsyncState(ANY).markTrapped(err);
    task.setErrored(err);
    task.reject(err);
    task.exit();
`;
const CATCH = form(`catch (err) ${FAILED} throw err; }`);
const CATCH_WAITING = form(`catch (err) ${FAILED} return task.completionPromise(); }`);
const END = form(`
  _debugLog('[iface="ANY", function="ANY"][Instruction::Return]', {
    funcName: 'ANY',
    paramCount: ANY,
    async: false,
    postReturn: false
  });
  task.resolve([CALL]);
  task.exit();
`);

/** A pattern for generated code of this form, with any white space. ANY stands for a word or name, CALL for an expression. */
function form(code: string): RegExp {
  const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const parts = code
    .trim()
    .split(/\s+/)
    .map((part) =>
      literally(part)
        .replaceAll('ANY', String.raw`[^'"\s]+?`)
        .replace('CALL', '(.*)'),
    );
  return new RegExp(parts.join('\\s+'), 'g');
}

function withoutTasks(glue: string): string {
  const callers = new Map<string, string>();
  const waiting = new Set<string>();
  for (const [text, , , name] of glue.matchAll(LOWERED)) callers.set(name ?? '', callerIn(text));
  const imports = glue.replace(IMPORT, (text: string, _indent: string, name: string, isAsync: string | undefined) => {
    if (isAsync !== undefined) waiting.add(name);
    return withoutTask(text, isAsync !== undefined, callers.get(name));
  });
  return imports.replace(LOWERED, (_text, _indent, number: string, name: string) =>
    waiting.has(name)
      ? `let trampoline${number} = new WebAssembly.Suspending($boundary.waiting(${name}));`
      : `let trampoline${number} = ${name};`,
  );
}

/** The number of the component that calls the import (a component may consist of several), if it calls it in the way of WASI 0.2. */
function callerIn(lowered: string): string {
  const [first, second, ...others] = lowered.matchAll(/^ *componentIdx: (\d+),\n *isAsync: false,$/gm);
  const areSynchronous = lowered.match(/^ *funcTypeIsAsync: false,$/gm)?.length === 2;
  if (!areSynchronous || first?.[1] === undefined || first[1] !== second?.[1] || others.length > 0)
    throw new UnknownForm(lowered);
  return first[1];
}

/** Only the function of an import, with the check before it. An error of the host passes through unchanged. */
function withoutTask(text: string, waits: boolean, caller: string | undefined): string {
  let alone = once(text, waits ? BEGIN_WAITING : BEGIN, () => 'let ret;');
  alone = once(alone, waits ? CALL_WAITING : CALL, (call) => `${waits ? 'await ' : ''}${call};`);
  if (alone.includes('catch (err)'))
    alone = once(alone, waits ? CATCH_WAITING : CATCH, () => 'catch (err) { throw err; }');
  alone = once(alone, END, () => '');
  if (caller === undefined || TASKS.test(alone)) throw new UnknownForm(text);
  return alone.replace('\n', `\n_checkMayLeave(${caller});\n`);
}

/** Calls between the parts of a component, and the values that a task keeps for its guest: see TaskContext. */
function withoutParts(glue: string): string {
  return glue
    .replace(
      /^( *const trampoline\d+ = )(?:_symmetricSyncGuestCallEnter|_conditionalSuspending3I32ToVoid\(\n.* _symmetricSyncGuestCallEnter\(.*\),\n.* _suspendingImport\(callerComponentIdx, _symmetricSyncGuestCallEnter, false, true\)\(.*\),\n *\));$/gm,
      '$1$$boundary.context.enter;',
    )
    .replace(/^( *const trampoline\d+ = )_symmetricSyncGuestCallExit;$/gm, '$1$$boundary.context.leave;')
    .replace(
      /^( *[^ ]+: )context(Get|Set)\.bind\(null, \{ (?:componentIdx: \d+, )?slot: ([01]) \}\),$/gm,
      (_, name: string, access: string, slot: string) =>
        `${name}$boundary.context.${access === 'Get' ? 'reader' : 'writer'}(${slot}),`,
    )
    .replace(
      /^( *const trampoline\d+ = )waitableSetDrop\.bind\(null, (\d+)\);$/gm,
      '$1(waitableSetRep) => _removeWaitableSet({ state: getOrCreateAsyncState($2), waitableSetRep });',
    );
}

const TASKS = /\btask|Task|\bstarted\b/;

/** Arguments that core modules may get beside imports: these need no task, or fail the same way with and without one. */
const KNOWN_CONSTANT =
  /^(?:\$boundary\.context\.\w+;|(?:taskCancel|waitableJoin|waitableSetNew)\.bind\(null, \d+\);|subtaskDrop\.bind\($|new WebAssembly\.Suspending\(_suspendingImport\(\d+, subtaskCancel\.bind\(null, \d+, false\)\)\);|\(waitableSetRep\) => _removeWaitableSet\()/;
const FUNCTION = /^( *)(?:async )?function trampoline\d+\(.*\) \{$[^]*?^\1\}$/gm;
const GIVEN = String.raw`(?:trampoline\d+|exports\d+(?:\.\w+|\['[^']+'\])|_guardMayLeave\(\d+, trampoline\d+\))`;
const KNOWN_VALUE = new RegExp(
  String.raw`^(?:\{|${GIVEN},|Object\.assign\(${GIVEN}, \{ _jcoMaySuspend: false \}\),|instanceFlags\d+,|CURRENT_TASK_MAY_BLOCK,|\$boundary\.context\.\w+\([01]\),)$`,
);

/** Throws an UnknownForm if a core module gets anything that may need a task. */
function checked(glue: string): string {
  for (const [text, value = ''] of glue.matchAll(/^ *(?:let|const) trampoline\d+ = (.*)$/gm)) {
    if (!text.trimStart().startsWith('let ') && !KNOWN_CONSTANT.test(value)) throw new UnknownForm(text);
    if (value.includes('manuallyAsync')) throw new UnknownForm(text);
  }
  for (const [text] of glue.matchAll(FUNCTION)) if (TASKS.test(text)) throw new UnknownForm(text);
  for (const [, given = ''] of glue.matchAll(/\byield instantiateCore\(yield module\d+, ?([^]*?)\}\)+;$/gm)) {
    for (const [line] of given.matchAll(/^.*$/gm)) {
      const value = /^ *(?:\w+|'[^']*'): (.*)$/.exec(line)?.[1];
      if (value !== undefined && !KNOWN_VALUE.test(value)) throw new UnknownForm(line);
    }
  }
  return glue;
}

function once(text: string, pattern: RegExp, replaced: (captured: string) => string): string {
  let found = 0;
  const result = text.replace(pattern, (_, captured: unknown) => {
    found++;
    return replaced(typeof captured === 'string' ? captured : '');
  });
  if (found !== 1) throw new UnknownForm(text);
  return result;
}
