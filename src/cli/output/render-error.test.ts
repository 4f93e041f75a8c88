import assert from 'node:assert/strict';
import test from 'node:test';
import { SluiceError } from '../../errors.ts';
import { ManifestError, type ManifestProblem } from '../../manifest/manifest-error.ts';
import { plain } from './paint.ts';
import { renderError, renderFrame, renderWarning } from './render-error.ts';

const options = { cwd: '/shop', verbose: false, paint: plain };

const memory: ManifestProblem = {
  code: 'SLU1201',
  path: 'component.enrich.limits.memory',
  line: 14,
  column: 21,
  frame: { text: 'limits = { memory = "64KiB" }', start: 20, length: 7 },
  message: 'component.enrich.limits.memory must be at least 1MiB, got 64KiB',
  fix: 'write for example memory = "64MiB"',
};
const syntax: ManifestProblem = {
  code: 'SLU1102',
  path: '',
  line: 3,
  column: 8,
  frame: { text: 'name = "shop', start: 7, length: 1 },
  message: 'the manifest is not TOML: unfinished string',
};

test('renderError shows a problem of the manifest with its line, and underlines it', () => {
  assert.equal(
    renderError(new ManifestError('/shop/sluice.toml', [memory]), options),
    `error SLU1201: component.enrich.limits.memory must be at least 1MiB, got 64KiB
  sluice.toml:14:21
  14 | limits = { memory = "64KiB" }
     |                     ^^^^^^^
  fix: write for example memory = "64MiB"

more about the first: sluice explain SLU1201
`,
  );
});

test('renderError shows all problems of a manifest in the order of its lines, and counts them', () => {
  assert.equal(
    renderError(new ManifestError('/shop/sluice.toml', [memory, syntax]), options),
    `error SLU1102: the manifest is not TOML: unfinished string
  sluice.toml:3:8
  3 | name = "shop
    |        ^

error SLU1201: component.enrich.limits.memory must be at least 1MiB, got 64KiB
  sluice.toml:14:21
  14 | limits = { memory = "64KiB" }
     |                     ^^^^^^^
  fix: write for example memory = "64MiB"

2 errors in sluice.toml; more about the first: sluice explain SLU1102
`,
  );
});

test('renderError shows place, remaining state and fix of any other error', () => {
  const error = new SluiceError('SLU4003', 'the state file is not a sound SQLite database', {
    place: { file: '/shop/.sluice/state.db', trigger: 'orders', component: 'enrich', connection: 'main' },
    state: 'the file was not changed',
    fix: 'mv state.db state.db.corrupt',
  });
  assert.equal(
    renderError(error, options),
    `error SLU4003: the state file is not a sound SQLite database
  in: trigger orders, component enrich, connection main, .sluice/state.db
  state: the file was not changed
  fix: mv state.db state.db.corrupt
  more: sluice explain SLU4003
`,
  );
});

test('renderError says no more than an error knows', () => {
  assert.equal(
    renderError(new SluiceError('SLU3002', 'not confirmed'), options),
    'error SLU3002: not confirmed\n  more: sluice explain SLU3002\n',
  );
});

test('renderError names files outside of the current folder in full', () => {
  const error = new SluiceError('SLU2001', 'gone', { place: { file: '/other/x.wasm', line: 2, column: 3 } });
  assert.match(renderError(error, options), /^ {2}in: \/other\/x\.wasm:2:3$/m);
});

test('renderError shows stacks and causes only with verbose', () => {
  const cause = new Error('socket closed', { cause: 'cable' });
  const error = new SluiceError('SLU3001', 'cannot be reached', { cause });
  assert.doesNotMatch(renderError(error, options), /at |socket closed/);
  const told = renderError(error, { ...options, verbose: true });
  assert.match(told, /cannot be reached\n {4}at /);
  assert.match(told, /caused by Error: socket closed\n {4}at /);
  assert.match(told, /caused by 'cable'/);
});

test('renderError hides the user info of addresses wherever it shows', () => {
  const error = new SluiceError('SLU3001', 'nats://me:pw@a does not answer', { cause: new Error('nats://me:pw@a') });
  assert.doesNotMatch(renderError(error, { ...options, verbose: true }), /me:pw/);
});

test('renderError says the same with colour as without', () => {
  const error = new ManifestError('/shop/sluice.toml', [memory, syntax]);
  const painted = renderError(error, { ...options, paint: (_style, text) => `<${text}>` });
  assert.notEqual(painted, renderError(error, options));
  assert.equal(painted.replaceAll(/[<>]/g, ''), renderError(error, options));
});

test('renderWarning shows a warning as one', () => {
  assert.match(renderWarning(memory, '/shop/sluice.toml', options), /^warning SLU1201: component/);
});

test('renderFrame underlines a piece of a line', () => {
  assert.equal(renderFrame({ text: 'a = 1', start: 4, length: 1 }, 7, plain), '  7 | a = 1\n    |     ^');
});

test('renderFrame keeps what is marked in sight on a long line', () => {
  const text = `${'x'.repeat(150)}HERE${'y'.repeat(150)}`;
  const [shown = '', marks = ''] = renderFrame({ text, start: 150, length: 4 }, 1, plain).split('\n');
  assert.equal(shown.length, '  1 | '.length + 100);
  assert.equal(shown.slice(marks.indexOf('^'), marks.lastIndexOf('^') + 1), 'HERE');
});

test('renderFrame cuts marks off where the line ends', () => {
  const text = 'z'.repeat(200);
  const [shown = '', marks = ''] = renderFrame({ text, start: 190, length: 10 }, 1, plain).split('\n');
  assert.equal(marks.length, shown.length);
  assert.match(renderFrame({ text, start: 0, length: 200 }, 1, plain), / \^{100}$/);
});

test('renderFrame marks the place behind a line that ends too soon', () => {
  assert.equal(renderFrame({ text: 'a = "', start: 5, length: 1 }, 1, plain), '  1 | a = "\n    |      ^');
});

test('renderFrame shows a tab as one column', () => {
  assert.equal(renderFrame({ text: '\ta = 1', start: 1, length: 1 }, 1, plain), '  1 |  a = 1\n    |  ^');
});
