#!/usr/bin/env node
import { keepCompiledCode } from './compile-cache.ts';

// Before anything else is loaded, so that all of it is compiled once and kept.
keepCompiledCode(process.env);
const { commandsFor } = await import('./commands.ts');
const { processIo } = await import('./io.ts');
const { run, printFault } = await import('./run.ts');
const { endProcess } = await import('./io.ts');

const argv = process.argv.slice(2);
const io = processIo();
// A promise that rejects and that nobody waits for ends here too.
process.on('uncaughtException', (thrown) => endProcess(printFault(thrown, argv, io)));

process.exitCode = await run(argv, io, await commandsFor(argv));
// All is settled and told. What is left open (a collector that does not answer, an adapter's timer, a guest that never returns) must not keep
// the process from ending.
setTimeout(() => endProcess(), 1000).unref();
