import { systemClock } from '../../clock.ts';
import type { App } from '../../manifest/app.ts';
import { Adapters } from '../../runtime/adapters.ts';
import { StateFile } from '../../state/state-file.ts';
import { createLogger } from '../../telemetry/log.ts';
import type { OpenedManifest } from './open-manifest.ts';

/** Opens a manifest's sources and outputs for a command, without running the manifest. Several processes may do so at once. */
export class OpenAdapters implements AsyncDisposable {
  readonly app: App;
  readonly state: StateFile;
  readonly adapters: Adapters;

  constructor({ app, adapters }: OpenedManifest, verbose: boolean) {
    this.app = app;
    this.state = StateFile.open(app.state.path);
    const log = createLogger({ level: verbose ? 'debug' : 'error' });
    this.adapters = new Adapters({ app, adapters, state: this.state, clock: systemClock, log });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.adapters[Symbol.asyncDispose]();
    await this.state[Symbol.asyncDispose]();
  }
}
