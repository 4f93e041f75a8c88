#!/usr/bin/env node
import { resolveOwnModules } from '../own-modules.ts';
import { keepCompiledCode } from './compile-cache.ts';

// First, so that everything loaded after it is compiled once and kept.
keepCompiledCode(process.env);
resolveOwnModules();
const { commandsFor } = await import('./commands.ts');
const { processIo } = await import('./io.ts');
const { run, printFault } = await import('./run.ts');
const { endProcess } = await import('./io.ts');

const argv = process.argv.slice(2);
const io = processIo();
// An unhandled rejection of a promise ends here too.
process.on('uncaughtException', (thrown) => endProcess(printFault(thrown, argv, io)));

process.exitCode = await run(argv, io, await commandsFor(argv));
// Everything is settled and reported. Whatever is still open (a collector that does not answer, an adapter's timer, a guest that never returns) must
// not keep the process alive.
setTimeout(() => endProcess(), 1000).unref();
