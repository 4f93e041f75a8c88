import { installAddPartitionsHook } from './add-partitions-hook.ts';
import { installCommitHook } from './commit-hook.ts';
import { installCoordinatorHook } from './coordinator-hook.ts';
import { installFetchHook } from './fetch-hook.ts';
import { installIdleTimerPatch } from './idle-timer-patch.ts';
import { installProduceHook } from './produce-hook.ts';

/** Any number of times. Throws SLU3401 when kafkajs is not built as the hooks expect. */
export function installHooks(): void {
  installFetchHook();
  installProduceHook();
  installAddPartitionsHook();
  installCommitHook();
  installCoordinatorHook();
  installIdleTimerPatch();
}
