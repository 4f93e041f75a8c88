import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contractsMet, type ContractWish, type KnownContract } from './known-contract.ts';

const contract = (name: string, madeFor?: KnownContract['madeFor']): KnownContract => ({
  name,
  ...(madeFor !== undefined && { madeFor }),
  entry: (exports) => exports.find((each) => each.startsWith(name)),
  functionOf: (entry) => entry,
});
const contracts = [contract('a:rich/handler', 'message'), contract('b:cron/run', 'tick'), contract('c:http/handler')];
const outline = { exports: ['c:http/handler@0.2.0', 'b:cron/run@1.0.0', 'a:rich/handler@0.1.0'], imports: [] };

const met = (wish?: ContractWish, exports = outline.exports): string[] =>
  contractsMet(contracts, { ...outline, exports }, wish).map(({ contract }) => contract.name);

test('contractsMet prefers what was made for the events, and then the richest', () => {
  assert.deepEqual(met({ kind: 'message' }), ['a:rich/handler', 'b:cron/run', 'c:http/handler']);
  assert.deepEqual(met({ kind: 'tick' }), ['b:cron/run', 'a:rich/handler', 'c:http/handler']);
  assert.deepEqual(met({ kind: 'tick' }, ['c:http/handler@0.2.0', 'a:rich/handler@0.1.0']), [
    'a:rich/handler',
    'c:http/handler',
  ]);
});

test('contractsMet takes the contract that is named, with its version or without, and no other', () => {
  assert.deepEqual(met({ contract: 'c:http/handler', kind: 'tick' })[0], 'c:http/handler');
  assert.deepEqual(met({ contract: 'c:http/handler@0.2.0' })[0], 'c:http/handler');
  assert.deepEqual(met({ contract: 'c:http/handler@0.3.0' }), []);
  assert.deepEqual(met({ contract: 'c:http/handler' }, ['a:rich/handler@0.1.0']), []);
});
