import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { App, ComponentSettings } from '../manifest/app.ts';
import { parseManifest } from '../manifest/parse-manifest.ts';
import type { Io } from './io.ts';

/** An app of one component, without a manifest. */
export interface LoneComponent extends Disposable {
  readonly app: App;
  readonly component: ComponentSettings;
}

/** Whether it is a file rather than the name of a component, which has no dot. */
export function isComponentFile(given: string): boolean {
  return given.endsWith('.wasm');
}

/** What a manifest with nothing but this file in it would say. State and cache are in a folder of their own, and gone with it. */
export function loneComponent(file: string, { cwd, env, processors }: Io): LoneComponent {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'sluice-invoke-'));
  // A string of JSON is one of TOML, too.
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
