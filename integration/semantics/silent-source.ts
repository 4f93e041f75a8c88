import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SluiceProcess } from '../sluice-process.ts';
import { TemporaryApp } from '../temporary-app.ts';
import { until } from '../until.ts';

/** A source of its own for one test, that can be made to say nothing any more. */
export interface SilentSite {
  /** Connections, and a trigger without a component and without a name at the end, as in a manifest. */
  readonly toml: string;
  /** One event whose handling takes as many milliseconds as its text says. Absent: the trigger makes one by itself. */
  publish?(text: string, app: TemporaryApp): Promise<void>;
  /** From now on the source answers nothing: its process is killed, or hangs with its connections open. */
  silence(app: TemporaryApp): Promise<void>;
  /** It is back, with all that it had. */
  heal(): Promise<void>;
  /** Whether the event is still unsettled: what was sent to a source that hangs may arrive after all. Absent: it is. */
  holds?(): Promise<boolean>;
}

/** Much longer than the 2 s that are promised, and much shorter than any wait for a broker that is to be cut short. */
const PATIENCE_MS = 20_000;
/** Of the handler: long enough to silence the source meanwhile. */
const WORK_MS = 1500;

async function endedSoon(sluice: SluiceProcess): Promise<number | null> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`it still runs:\n${sluice.stderr}`)), PATIENCE_MS);
  try {
    return (await Promise.race([sluice.ended(), late.promise])).code;
  } finally {
    clearTimeout(timer);
  }
}

/** Declares that the second signal ends a process whose source has fallen silent while a settlement waits for it, and that nothing is lost. */
export function silentSource(how: string, newSite: () => Promise<SilentSite>): void {
  test(`${how}: the second SIGTERM ends a settlement that is insisted on, and the event comes again`, async () => {
    const site = await newSite();
    const toml = `shutdown.grace = "1h"
server.listen = "127.0.0.1:0"
component.sleeps.limits = { timeout = "60s" }
${site.toml}
name = "in"
component = "sleeps"`;
    using app = await TemporaryApp.create({ guests: ['sleeps'], toml });
    await using sluice = app.start(['up']);
    const [, base = ''] = await sluice.says(/server\s+(http:\S+?)\/livez/);
    const shows = async (line: RegExp): Promise<boolean> => line.test(await (await fetch(`${base}/metrics`)).text());
    await site.publish?.(String(WORK_MS), app);
    await until(() => shows(/^sluice_permits_used\{.*\} 1$/m));
    await site.silence(app);
    // Answered, and not settled: its permit is still used.
    await until(() => shows(/^sluice_deliveries_total\{.*sluice_outcome="completed".*\} 1$/m));
    sluice.kill('SIGTERM');
    await sluice.says(/draining/);
    sluice.kill('SIGTERM');
    assert.equal(await endedSoon(sluice), 0, sluice.stderr);
    await site.heal();
    if ((await site.holds?.()) === false) return;
    const again = await app.run(['up', '--until-idle', '4s']);
    assert.match(again.stderr, /^[12] handled/m); // a schedule that runs at each start runs besides
    assert.equal(again.code, 0, again.stderr);
  });
}
