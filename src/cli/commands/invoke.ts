import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { systemClock } from '../../clock.ts';
import type { Settlement } from '../../delivery.ts';
import type { TriggerEvent } from '../../event.ts';
import { jsonText, printable, readable } from '../../printable.ts';
import type { Invocation } from '../../runtime/invoke.ts';
import { createLogger } from '../../telemetry/log.ts';
import { openTelemetry } from '../../telemetry/open-telemetry.ts';
import type { Io } from '../io.ts';
import { notDefined } from '../manifest/named-trigger.ts';
import { openManifest } from '../manifest/open-manifest.ts';
import { addPayloadOptions, type PayloadOptions, readPayload } from '../payload.ts';
import { globalsOf, version, wholeNumber } from '../program.ts';
import type { App, ComponentSettings } from '../../manifest/app.ts';
import { parseManifest } from '../../manifest/parse-manifest.ts';

interface InvokeOptions extends PayloadOptions {
  readonly attempt: number;
  readonly subject: string;
  readonly trace: boolean;
}

export function registerInvoke(program: Command, io: Io): void {
  const command = program
    .command('invoke')
    .argument('<component>', 'a component of the manifest, or a .wasm file, which needs none')
    .argument('[data]', 'the data of the event, or - for stdin')
    .description('hand one event to a component, and print what it did; publishes and settles nothing');
  addPayloadOptions(command)
    .option('--attempt <number>', 'the number of the attempt, from 1', wholeNumber, 1)
    .option('--subject <subject>', 'the subject of the event', 'invoke')
    .option('--trace', 'print the trace', false)
    .action(async (name: string, data: string | undefined, options: InvokeOptions, command: Command) => {
      const globals = globalsOf(command);
      using lone = isComponentFile(name) ? loneComponent(name, io) : undefined;
      const { app, adapters } = lone === undefined ? await openManifest(globals, io) : { app: lone.app, adapters: [] };
      const component = lone?.component ?? app.components.get(name);
      if (component === undefined) throw notDefined('component', name, [...app.components.keys()]);
      const log = createLogger({ level: globals.verbose ? 'debug' : 'error' });
      const event = eventOf(await readPayload(data, options, io), options);
      await using telemetry = await openTelemetry({
        serviceName: app.name,
        version,
        log,
        traceToConsole: options.trace,
      });
      const cancel = new AbortController();
      using _signals = { [Symbol.dispose]: io.onEndSignal(() => cancel.abort()) };
      const { attempt } = options;
      const anyOutput = lone !== undefined;
      const about = { app, adapters, component, event, anyOutput, attempt, telemetry, clock: systemClock, log };
      const { invoke } = await import('../../runtime/invoke.ts');
      const invocation = await invoke(about, cancel.signal);
      io.stdout.write(globals.json ? `${jsonText(plain(invocation), 2)}\n` : report(invocation));
      if (invocation.outcome.kind !== 'completed') io.exitCode = 1;
    });
}

function eventOf(data: Uint8Array, { subject, header, contentType, key }: InvokeOptions): TriggerEvent {
  return {
    id: randomUUID(),
    source: 'sluice:invoke',
    subject,
    time: BigInt(systemClock.now()) * 1_000_000n,
    ...(key === undefined ? {} : { key: new TextEncoder().encode(key) }),
    ...(contentType === undefined ? {} : { contentType }),
    headers: header,
    data,
  };
}

function report({ outcome, settlement, published, logs, timing }: Invocation): string {
  const reason = 'reason' in outcome ? `: ${printable(outcome.reason)}` : '';
  return [
    ...logs.map(({ context, level, text }) => printable(`${context || level}  ${text}`)),
    ...published.map(({ output, message }) => `-> ${output}  ${shown(message.data)}`),
    `${outcome.kind}${reason}`,
    `${timing.durationMs.toFixed(2)} ms; a source would be asked to ${settlementText(settlement)}`,
    '',
  ].join('\n');
}

function settlementText(settlement: Settlement): string {
  return settlement.kind === 'retry' ? `retry after at most ${settlement.afterMs} ms` : settlement.kind;
}

function shown(data: Uint8Array): string {
  const text = readable(data);
  return typeof text === 'string' ? printable(text) : `${data.byteLength} bytes`;
}

function plain({ outcome, settlement, published, logs, timing }: Invocation): object {
  const { messages: _messages, ...about } = { messages: [], ...outcome };
  return {
    outcome: about,
    settlement: settlement.kind,
    published: published.map(({ output, message }) => ({
      output,
      ...(message.contentType === undefined ? {} : { contentType: message.contentType }),
      headers: message.headers,
      data: readable(message.data),
    })),
    logs,
    durationMs: timing.durationMs,
  };
}

/** An app of one component, without a manifest. */
interface LoneComponent extends Disposable {
  readonly app: App;
  readonly component: ComponentSettings;
}

/** Whether it is a file. A component's name has no dot. */
function isComponentFile(given: string): boolean {
  return given.endsWith('.wasm');
}

/** The app of a manifest with only this file. State and cache are in a temporary folder, which is removed when the result is disposed of. */
function loneComponent(file: string, { cwd, env, processors }: Io): LoneComponent {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'sluice-invoke-'));
  // A JSON string is also a TOML string.
  const text = (path: string): string => JSON.stringify(path);
  const toml = [
    `state = { path = ${text(join(folder.path, 'state.db'))} }`,
    `cache = { dir = ${text(join(folder.path, 'cache'))} }`,
    `component.it.source = ${text(resolve(cwd, file))}`,
  ].join('\n');
  const readFile = (path: string): never => {
    throw new TypeError(`${path} is not read`);
  };
  const app = parseManifest(toml, { file: join(cwd, 'sluice.toml'), adapters: [], env, readFile, processors });
  const component = app.components.get('it');
  if (component === undefined) throw new TypeError('the component is not in its own manifest');
  return { app, component, [Symbol.dispose]: () => folder.remove() };
}
