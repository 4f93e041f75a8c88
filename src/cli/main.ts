#!/usr/bin/env node
import { registerCompletion } from './completion.ts';
import { registerConfig } from './config.ts';
import { registerCron } from './cron.ts';
import { registerExplain } from './explain.ts';
import { processIo } from './io.ts';
import { run } from './run.ts';
import { registerSchema } from './schema.ts';

/** In the order of the help text. */
const commands = [registerConfig, registerSchema, registerCron, registerExplain, registerCompletion];

process.exitCode = await run(process.argv.slice(2), processIo(), commands);
