import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { notProvided, type StubbedImport, stubsFor } from './stubs.ts';

const NAME = 'acme:weather/forecast@1.2.3';

/** How an import with these types is stubbed. */
async function stubbed(types: string): Promise<StubbedImport | undefined> {
  const component = await parse(`(component (import "${NAME}" (instance ${types})))`);
  return stubsFor(component, [NAME])[NAME];
}

/** What a function with this error fails with. */
async function denialBy(error: string): Promise<unknown> {
  const named = `(type $e ${error}) (export "error" (type $error (eq $e)))`;
  const stub = await stubbed(`${named} (export "f" (func (result (result (error $error)))))`);
  const [only] = stub?.functions ?? [];
  return only?.denial?.payload;
}

test('stubsFor finds the error that an interface has for what is denied, or for anything', async () => {
  const text = notProvided(NAME);
  assert.equal(await denialBy('(enum "timeout" "access-denied" "other")'), 'access-denied');
  assert.equal(await denialBy('(enum "timeout" "unknown")'), 'unknown');
  assert.deepEqual(await denialBy('(variant (case "other" string) (case "permission-denied" string))'), {
    tag: 'permission-denied',
    val: text,
  });
  assert.deepEqual(await denialBy('(variant (case "HTTP-request-denied") (case "io" string))'), {
    tag: 'HTTP-request-denied',
  });
  assert.deepEqual(await denialBy('(variant (case "timeout") (case "upstream" string))'), {
    tag: 'upstream',
    val: text,
  });
  assert.deepEqual(await denialBy('(variant (case "internal-error" (option string)))'), {
    tag: 'internal-error',
    val: undefined,
  });
});

test('stubsFor finds no error where none fits, so that the call traps', async () => {
  assert.equal(await denialBy('(enum "timeout" "too-large")'), undefined);
  assert.equal(await denialBy('(variant (case "other" u32))'), undefined);
  assert.equal(await denialBy('(record (field "code" u32))'), undefined);
  assert.deepEqual(await stubbed('(export "f" (func (result u32)))'), {
    functions: [{ name: 'f', owned: [] }],
    resources: [],
  });
});

test('stubsFor fails with a text or with nothing where that is the error', async () => {
  const stub = await stubbed(
    '(export "text" (func (result (result u32 (error string))))) (export "bare" (func (result (result))))',
  );
  assert.deepEqual(stub?.functions, [
    { name: 'text', denial: { payload: notProvided(NAME) }, owned: [] },
    { name: 'bare', denial: { payload: undefined }, owned: [] },
  ]);
});

test('stubsFor tells which arguments are given away', async () => {
  const stub = await stubbed(
    `(export "message" (type $m (sub resource)))
     (export "send" (func (param "to" (borrow $m)) (param "topic" string) (param "what" (own $m))))`,
  );
  assert.deepEqual(stub, { functions: [{ name: 'send', owned: [2] }], resources: ['message'] });
});

test('a name of a megabyte is shortened wherever it is told', () => {
  assert.ok(notProvided(`a:b/${'c'.repeat(2 ** 20)}`).length < 300);
});
