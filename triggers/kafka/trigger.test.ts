import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { StateFile } from '#trigger';
import { adapterContext } from '../../src/trigger/conformance/index.ts';
import type { GroupListener, GroupOptions } from './client/kafka-client.ts';
import { Committer } from './commit/committer.ts';
import { ScriptedKafka } from './testing/scripted-kafka.ts';
import { KafkaTrigger } from './trigger.ts';
import { triggerOptions } from './options/trigger-options.ts';

/** A group that lets nobody in. */
class ClosedGroup extends ScriptedKafka {
  override join(_options?: GroupOptions, _listener?: GroupListener, signal?: AbortSignal): Promise<never> {
    const { promise, reject } = Promise.withResolvers<never>();
    signal?.addEventListener('abort', () => reject(signal.reason));
    return promise;
  }
}

test('KafkaTrigger that is stopped while it joins rejects the open, and nothing else', async () => {
  await using state = StateFile.open(':memory:');
  const unheard: unknown[] = [];
  const hear = (reason: unknown): void => void unheard.push(reason);
  process.on('unhandledRejection', hear);
  const options = triggerOptions.parse({ topic: 't' });
  const context = adapterContext(state);
  const client = new ClosedGroup();
  const ledger = (): Committer => new Committer({ everyMs: 1000, records: 1, ...context });
  const stop = new AbortController();
  const opening = KafkaTrigger.open(
    { client, ledger, group: 'g', topics: ['t'], without: undefined, options, context },
    stop.signal,
  );
  stop.abort();
  await assert.rejects(opening, { name: 'AbortError' });
  await turn();
  process.off('unhandledRejection', hear);
  assert.deepEqual([unheard, client.closed], [[], true]);
});
