import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { put } from '../queue-items.ts';
import { type SilentSite, silentSource } from './silent-source.ts';

/** Another process holds the write lock of the state file, and does not let it go. */
function lockable(site: Pick<SilentSite, 'toml' | 'publish'>): SilentSite {
  let lock: DatabaseSync | undefined;
  return {
    ...site,
    silence: async (app) => {
      lock = new DatabaseSync(join(app.dir, '.sluice', 'state.db'), { timeout: 5000 });
      lock.exec('BEGIN IMMEDIATE');
    },
    heal: async () => lock?.close(),
  };
}

silentSource('a queue in a state file that another process has locked', async () =>
  lockable({
    toml: '[[trigger.queue]]\nqueue = "in"',
    publish: async (text, app) => {
      await using state = app.openState();
      await put(state, 'in', text);
    },
  }),
);

silentSource('a schedule in a state file that another process has locked', async () =>
  lockable({ toml: '[[trigger.cron]]\nevery = "365d"\nrun_at_start = true\npayload = "1500"' }),
);
