import type { Command } from 'commander';
import { relative } from 'node:path';
import type { App } from '../../manifest/app.ts';
import { ManifestError, type ManifestProblem } from '../../manifest/manifest-error.ts';
import { manifestWarnings } from '../../manifest/parse-manifest.ts';
import { circles } from '../../runtime/circles.ts';
import { missingFolders } from '../../runtime/grants/held-folders.ts';
import { overlaps } from '../../runtime/grants/overlaps.ts';
import { createLogger } from '../../telemetry/log.ts';
import { jsonText, printable } from '../../printable.ts';
import { buildStale } from '../../component/build.ts';
import { checkBrokers } from './check-brokers.ts';
import { checkComponents, type Findings } from './check-components.ts';
import { asSluiceError, errorFacts, exitCodeOf, problemFacts, printError } from '../output/print-error.ts';
import type { Io } from '../io.ts';
import { openManifest } from '../manifest/open-manifest.ts';
import { paintFor } from '../output/paint.ts';
import { type GlobalOptions, globalsOf } from '../program.ts';
import { renderWarning } from '../output/render-error.ts';

interface CheckOptions {
  readonly build: boolean;
  readonly connect?: true;
  readonly adapters?: true;
}

export function registerCheck(program: Command, io: Io): void {
  program
    .command('check')
    .option('--build', 'first run the build commands of components that are missing or stale', false)
    .option(
      '--connect',
      'also try the brokers (and run adapters): open every trigger, output and store that has a connection, and close it again',
    )
    .option(
      '--adapters',
      'also load the adapters from packages and files, which runs their code, and check their tables',
    )
    .description('check the manifest and its components, without running anything')
    .action(async (options: CheckOptions, command: Command) => {
      const globals = globalsOf(command);
      const report = await check(globals, io, options);
      if (globals.json) printJson(report, io);
      else print(report, globals, io);
      const [first] = report.errors;
      if (first !== undefined) io.exitCode = exitCodeOf(first);
    });
}

interface Report extends Findings {
  readonly app?: App;
  /** Types of adapters whose tables were not checked. */
  readonly unchecked?: readonly string[];
}

async function check(globals: GlobalOptions, io: Io, { build, connect, adapters }: CheckOptions): Promise<Report> {
  try {
    const opened = await openManifest(globals, io, { runAdapters: (connect ?? adapters) === true });
    if (build) await buildStale(opened.app.components.values(), new AbortController().signal, createLogger());
    const components = await checkComponents(opened);
    const problems = [...overlaps(opened.app), ...circles(opened.app, opened.adapters)];
    const brokers = connect === true ? await checkBrokers(opened, globals.verbose) : { fine: [], errors: [] };
    return {
      app: opened.app,
      unchecked: opened.unchecked,
      fine: [...components.fine, ...brokers.fine],
      errors: [
        ...(problems.length === 0 ? [] : [new ManifestError(opened.app.file, problems)]),
        ...components.errors,
        ...brokers.errors,
      ],
    };
  } catch (thrown) {
    return { fine: [], errors: [asSluiceError(thrown)] };
  }
}

function warningsOf(app: App): readonly ManifestProblem[] {
  return [...manifestWarnings(app), ...missingFolders(app)];
}

function print({ app, unchecked = [], fine, errors }: Report, globals: GlobalOptions, io: Io): void {
  if (app !== undefined) {
    const rendering = { cwd: io.cwd, verbose: globals.verbose, paint: paintFor(io.stderr, io.env, globals.color) };
    for (const warning of warningsOf(app)) io.stderr.write(`${renderWarning(warning, app.file, rendering)}\n`);
    for (const { kind, name, detail } of fine) io.stdout.write(`${printable(`ok  ${kind} ${name}: ${detail}`)}\n`);
    for (const type of unchecked) {
      io.stdout.write(
        `--  adapter ${type}: its code was not run, so its tables are unchecked: sluice check --adapters\n`,
      );
    }
  }
  for (const [index, error] of errors.entries()) {
    if (index > 0) io.stderr.write('\n');
    printError(error, globals, io);
  }
  if (app !== undefined && errors.length === 0)
    io.stdout.write(`ok  ${relative(io.cwd, app.file) || app.file}: ${countOf(app)}\n`);
}

function printJson({ app, unchecked = [], fine, errors }: Report, io: Io): void {
  const report = {
    ok: errors.length === 0,
    checked: fine,
    unchecked,
    errors: errors.flatMap(errorFacts),
    warnings: app === undefined ? [] : warningsOf(app).map((warning) => problemFacts(warning, app.file)),
  };
  io.stdout.write(`${jsonText(report, 2)}\n`);
}

function countOf({ components, triggers, outputs, stores }: App): string {
  const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
  return [
    count(components.size, 'component'),
    count(triggers.length, 'trigger'),
    count(outputs.size, 'output'),
    ...(stores.size === 0 ? [] : [count(stores.size, 'store')]),
  ].join(', ');
}
