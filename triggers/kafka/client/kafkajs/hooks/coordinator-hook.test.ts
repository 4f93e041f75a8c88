import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installCoordinatorHook, tellingRefusal } from './coordinator-hook.ts';
import { requestDefinition } from './internals.ts';

const GROUP_AUTHORIZATION_FAILED = 30;

installCoordinatorHook();
const definition = requestDefinition<object>('GroupCoordinator', 10, 2);

/** As kafkajs does: asks each broker, and in the end knows only that none of them named a coordinator. */
async function ask(...errorCodes: readonly number[]): Promise<never> {
  for (const errorCode of errorCodes) {
    const { response } = definition.protocol({ version: 2 })({ groupId: 'billing' });
    await response.parse({ errorCode }).catch(() => {}); // it goes on with the next broker
  }
  throw Object.assign(new Error('Failed to find group coordinator'), { name: 'KafkaJSGroupCoordinatorNotFound' });
}

test('a request that ends without a coordinator rejects with the reason why a broker refused to name it', async () => {
  const refused = { type: 'GROUP_AUTHORIZATION_FAILED' };
  await assert.rejects(
    tellingRefusal(() => ask(GROUP_AUTHORIZATION_FAILED)),
    refused,
  );
  const wrapped = (): Promise<never> =>
    ask(GROUP_AUTHORIZATION_FAILED).catch((cause: unknown) => {
      throw new Error('gave up', { cause });
    });
  await assert.rejects(tellingRefusal(wrapped), refused);
});

test('a refusal of one question is none of another about the same group, nor of one that was answered since', async () => {
  const notFound = { name: 'KafkaJSGroupCoordinatorNotFound' };
  const [refused, other] = await Promise.allSettled([
    tellingRefusal(() => ask(GROUP_AUTHORIZATION_FAILED)),
    tellingRefusal(() => ask()),
  ]);
  assert.equal(refused.status, 'rejected');
  assert.equal(other.status === 'rejected' && other.reason.name, notFound.name);
  await assert.rejects(
    tellingRefusal(() => ask(GROUP_AUTHORIZATION_FAILED, 0)),
    notFound,
  );
});

test('an error with another reason stays unchanged', async () => {
  const failed = new Error('connection closed');
  const question = async (): Promise<never> => {
    await ask(GROUP_AUTHORIZATION_FAILED).catch(() => {});
    throw failed;
  };
  await assert.rejects(tellingRefusal(question), failed);
});
