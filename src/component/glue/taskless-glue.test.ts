import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tasklessGlue } from './taskless-glue.ts';

// That imports do the same without tasks is shown by integration/pool/direct-calls.test.ts; here, that code of another form is left alone.

const imported = (number: number, call: string, result: string): string => `
    const _trampoline${number} = function(arg0) {
      arg0 = $boundary.aligned(arg0 >>> 0, 4);
      _debugLog('[iface="a:b/c@1.0.0", function="d"] [Instruction::CallInterface] (sync, @ enter)');
      const hostProvided = true;

      let parentTask;
      let task;
      let subtask;

      const createTask = () => {
        const results = createNewCurrentTask({
          componentIdx: -1,
          isAsync: false,
          entryFnName: 'd',
          getCallbackFn: () => null,
          callbackFnName: null,
          errHandling: 'none',
          callingWasmExport: false,
        });
        task = results[0];
      };

      taskCreation: {
        parentTask = getCurrentTask(
        3,
        _getGlobalCurrentTaskMeta(3)?.taskID,
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

      const started = task.enterSync();
      let ret;

      try {
        ret = _withGlobalCurrentTaskMeta({
          componentIdx: task.componentIdx(),
          taskID: task.id(),
          fn: () => _trackHostOperation(() => ${call}),
        })
        ;
      } catch (err) {

        _debugLog('[Instruction::CallInterface] error during sync call', {
          taskID: task.id(),
          subtaskID: task.getParentSubtask()?.id(),
          err,
        });
        getOrCreateAsyncState(3).markTrapped(err);
        task.setErrored(err);
        task.reject(err);
        task.exit();
        throw err;

      }
      _debugLog('[iface="a:b/c@1.0.0", function="d"][Instruction::Return]', {
        funcName: 'd',
        paramCount: 1,
        async: false,
        postReturn: false
      });
      task.resolve([${result}]);
      task.exit();
      return ${result};
    }
    _trampoline${number}.fnName = 'a:b/c@1.0.0#d';
`;

const lowered = (number: number): string => `
    let trampoline${number} = _trampoline${number}.manuallyAsync ? new WebAssembly.Suspending(_suspendingImport(3, _lowerImportBackwardsCompat.bind(
    null,
    {
      trampolineIdx: ${number},
      componentIdx: 3,
      isAsync: false,
      funcTypeIsAsync: false,
      importFn: _trampoline${number},
    },
    ))) : _lowerImportBackwardsCompat.bind(
    null,
    {
      trampolineIdx: ${number},
      componentIdx: 3,
      isAsync: false,
      funcTypeIsAsync: false,
      importFn: _trampoline${number},
    },
    );`;

const glue = `${imported(0, 'd(arg0)', 'toUint64(ret)')}${lowered(0)}
    const trampoline1 = waitableSetNew.bind(null, 3);
    const trampoline2 = _symmetricSyncGuestCallEnter;
    function trampoline3(handle) {
      rscTableRemove(handleTable0, handle);
    }
    ({ exports: exports0 } = yield instantiateCore(yield module0, {
      '[export]$root': {
        '[context-get-0]': contextGet.bind(null, { componentIdx: 3, slot: 0 }),
        '[resource-drop]e': Object.assign(_guardMayLeave(3, trampoline3), { _jcoMaySuspend: false }),
      },
      'a:b/c@1.0.0': {
        d: Object.assign(trampoline0, { _jcoMaySuspend: false }),
        enter: trampoline2,
        memory: exports1.memory,
      },
    }));
`;

test('tasklessGlue leaves of an import what is checked, lifted, called and lowered', () => {
  const lines = tasklessGlue(glue)?.split('\n') ?? assert.fail();
  const body = lines.slice(1, lines.indexOf("    _trampoline0.fnName = 'a:b/c@1.0.0#d';")).map((line) => line.trim());
  assert.deepEqual(
    body.filter((line) => line !== ''),
    [
      'const _trampoline0 = function(arg0) {',
      '_checkMayLeave(3);',
      'arg0 = $boundary.aligned(arg0 >>> 0, 4);',
      'let ret;',
      'try {',
      'ret = d(arg0);',
      '} catch (err) { throw err; }',
      'return toUint64(ret);',
      '}',
    ],
  );
  const text = lines.join('\n');
  assert.match(text, /^ *let trampoline0 = _trampoline0;$/m);
  assert.match(text, /^ *const trampoline2 = \$boundary\.context\.enter;$/m);
  assert.match(text, /'\[context-get-0\]': \$boundary\.context\.reader\(0\),$/m);
});

test('tasklessGlue lets an import that is asynchronous wait through the boundary', () => {
  const waiting = glue
    .replace('= function(arg0)', '= async function(arg0)')
    .replace("_trampoline0.fnName = 'a:b/c@1.0.0#d';", (name) => `${name}\n    _trampoline0.manuallyAsync = true;`)
    .replace(
      'const started = task.enterSync();',
      `const started = await task.enter({ isHost: hostProvided });
      if (!started) {
        _debugLog('[Instruction::CallInterface] failed to enter task', {
          taskID: task.id(),
          subtaskID: task.getParentSubtask()?.id(),
        });
        throw new Error("failed to enter task");
      }`,
    )
    .replace('ret = _withGlobalCurrentTaskMeta(', 'ret = await  _withGlobalCurrentTaskMetaAsync(')
    .replace('throw err;', 'return task.completionPromise();');
  const text = tasklessGlue(waiting) ?? assert.fail();
  assert.match(text, /^ *ret = await d\(arg0\);$/m);
  assert.match(text, /^ *let trampoline0 = new WebAssembly\.Suspending\(\$boundary\.waiting\(_trampoline0\)\);$/m);
});

const strange: Readonly<Record<string, readonly [from: string, to: string]>> = {
  'begins a task otherwise': ['isAsync: false,\n          entryFnName', 'isAsync: true,\n          entryFnName'],
  'does more before the call': ['const started = task.enterSync();', 'const started = task.enterSync(); prepare();'],
  'calls more than the host': [
    '_trackHostOperation(() => d(arg0)),\n        })',
    '_trackHostOperation(() => d(arg0)),\n          more: 1 })',
  ],
  'treats errors otherwise': ['task.setErrored(err);', 'task.setErrored(err); note(err);'],
  'ends a task otherwise': ['task.exit();\n      return', 'task.exit({}); return'],
  'uses its task': ['return toUint64(ret);', 'return task.valueOf(ret);'],
  'is asynchronous by its type': ['funcTypeIsAsync: false', 'funcTypeIsAsync: true'],
  'belongs to two components': ['componentIdx: 3,\n      isAsync: false,', 'componentIdx: 4,\n      isAsync: false,'],
  'has a built-in that is not known': ['waitableSetNew.bind(null, 3)', 'taskReturn.bind(null, 3)'],
  'drops a resource with a task': ['rscTableRemove(', 'getCurrentTask(3); rscTableRemove('],
  'gives a core module a function that is not known': ['memory: exports1.memory', 'memory: streamNew.bind(null, {})'],
};

for (const [what, [from, to]] of Object.entries(strange)) {
  test(`tasklessGlue leaves code alone that ${what}`, () => {
    assert.ok(glue.includes(from));
    assert.equal(tasklessGlue(glue.replace(from, to)), undefined);
  });
}
