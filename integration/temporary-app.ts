import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StateFile } from '../src/state/state-file.ts';
import { buildGuest } from './guests/build-guest.ts';
import { type Ended, sluice, type SluiceOptions, SluiceProcess } from './sluice-process.ts';

/** Kept from run to run: transpiling takes a while. */
const cacheDir = join(import.meta.dirname, '..', '.cache', 'components');

export interface TemporaryAppOptions {
  /** Test guests; each is a component of its name. */
  readonly guests: readonly string[];
  /** The rest of the manifest. Begins at its top: `component.choose.limits = …`. Without a `server.listen` there is no server. */
  readonly toml: string;
}

/** A folder with a manifest, and what Sluice leaves there. */
export class TemporaryApp implements Disposable {
  readonly dir: string;
  readonly manifest: string;
  readonly #remove: () => void;

  static async create({ guests, toml }: TemporaryAppOptions): Promise<TemporaryApp> {
    const components = guests.map(
      async (name) => `component.${name}.source = ${JSON.stringify(await buildGuest(name))}`,
    );
    const server = toml.includes('server.listen') ? [] : ['server.listen = "off"'];
    const general = ['app.name = "app"', `cache.dir = ${JSON.stringify(cacheDir)}`, ...server];
    return new TemporaryApp([...general, ...(await Promise.all(components)), toml]);
  }

  private constructor(manifest: readonly string[]) {
    const folder = mkdtempDisposableSync(join(tmpdir(), 'sluice-app-'));
    this.dir = folder.path;
    this.#remove = () => folder.remove();
    this.manifest = this.write('sluice.toml', manifest.join('\n'));
  }

  /** Writes a file beside the manifest; its path. */
  write(name: string, content: string | Uint8Array): string {
    const path = join(this.dir, name);
    writeFileSync(path, content);
    return path;
  }

  read(name: string): string {
    return readFileSync(join(this.dir, name), 'utf8');
  }

  /** `sluice ARGS` in its folder, to the end. */
  run(args: readonly string[], options: Omit<SluiceOptions, 'cwd'> = {}): Promise<Ended> {
    return sluice(args, { cwd: this.dir, ...options });
  }

  /** `sluice ARGS` in its folder. */
  start(args: readonly string[], options: Omit<SluiceOptions, 'cwd'> = {}): SluiceProcess {
    return new SluiceProcess(args, { cwd: this.dir, ...options });
  }

  /** The state file, opened a second time: what is in it is seen here as Sluice commits it. */
  openState(): StateFile {
    return StateFile.open(join(this.dir, '.sluice', 'state.db'));
  }

  [Symbol.dispose](): void {
    this.#remove();
  }
}
