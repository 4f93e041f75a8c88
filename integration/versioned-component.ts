import { mkdtempDisposableSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildGuest } from './guests/build-guest.ts';

/**
 * A component file that is deployed again and again. Its versions sleep for the milliseconds that an event begins with, and answer for `out`
 * with their name and the event: `v1 20 a`.
 */
export class VersionedComponent implements Disposable {
  readonly source: string;
  readonly #folder: { remove(): void };
  readonly #versions: Readonly<Record<'v1' | 'v2', Uint8Array>>;

  /** The first version is deployed. */
  static async create(): Promise<VersionedComponent> {
    const [v1, v2] = [await buildGuest('first-version'), await buildGuest('second-version')];
    const component = new VersionedComponent({ v1: readFileSync(v1), v2: readFileSync(v2) });
    component.deploy('v1');
    return component;
  }

  private constructor(versions: Readonly<Record<'v1' | 'v2', Uint8Array>>) {
    const folder = mkdtempDisposableSync(join(tmpdir(), 'sluice-component-'));
    this.#folder = folder;
    this.#versions = versions;
    this.source = join(folder.path, 'versioned.wasm');
  }

  /** A line for the top of a manifest: the component `versioned`. */
  get toml(): string {
    return `component.versioned.source = ${JSON.stringify(this.source)}\n`;
  }

  deploy(version: 'v1' | 'v2'): void {
    this.deployBytes(this.#versions[version]);
  }

  /** At once, as a deployment does: nobody sees half of it. */
  deployBytes(bytes: Uint8Array): void {
    writeFileSync(`${this.source}.new`, bytes);
    renameSync(`${this.source}.new`, this.source);
  }

  [Symbol.dispose](): void {
    this.#folder.remove();
  }
}
