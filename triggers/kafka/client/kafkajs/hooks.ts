import { installFetchHook } from './fetch-hook.ts';
import { installIdleTimerPatch } from './idle-timer-patch.ts';
import { installProduceHook } from './produce-hook.ts';

let installed = false;

/** Once a process. Throws SLU3401 when kafkajs is not built as the hooks expect. */
export function installHooks(): void {
  if (installed) return;
  installFetchHook();
  installProduceHook();
  installIdleTimerPatch();
  installed = true;
}
