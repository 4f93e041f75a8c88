import { registerCheck } from './check.ts';
import { registerCompletion } from './completion.ts';
import { registerConfig } from './config.ts';
import { registerCron } from './cron.ts';
import { registerDead } from './dead.ts';
import { registerExplain } from './explain.ts';
import { registerInspect } from './inspect.ts';
import { registerInvoke } from './invoke.ts';
import { registerPublish } from './publish.ts';
import type { RegisterCommand } from './run.ts';
import { registerSchema } from './schema.ts';
import { registerTrigger } from './trigger.ts';
import { registerUp } from './up.ts';

/** Every command, in the order of the help text. */
export const commands: readonly RegisterCommand[] = [
  registerUp,
  registerInvoke,
  registerPublish,
  registerTrigger,
  registerDead,
  registerCron,
  registerCheck,
  registerConfig,
  registerSchema,
  registerInspect,
  registerExplain,
  registerCompletion,
];
