import { systemClock } from '../../clock.ts';
import type { App } from '../../manifest/app.ts';
import { Adapters } from '../../runtime/adapters.ts';
import { StateFile } from '../../state/state-file.ts';
import { createLogger } from '../../telemetry/log.ts';
import type { OpenedManifest } from './open-manifest.ts';

/** What a command needs to reach the sources and outputs of a manifest without running it. Several processes may do so at once. */
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
