import assert from 'node:assert/strict';
import { RunningApp } from './semantics/running-app.ts';
import { VersionedComponent } from './versioned-component.ts';

export interface LoadedSource {
  /** A manifest with one trigger whose component is `versioned`; `out` is a queue here. */
  readonly toml: string;
  /** Puts events with these texts into the source. Resolves when they are stored. */
  readonly store: (texts: readonly string[], app: RunningApp) => Promise<void>;
}

/** The first of them runs for a second: through the whole of the reload. */
const SLOW = '1000 slow';

const numbered = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => `1 ${from + n}`);

/**
 * Replaces a component in the midst of its events, and claims of any source: each event is handled once; what ran at that moment finished on
 * the old component, and what came later went to the new one. The last settlements are confirmed by the time that it resolves.
 */
export async function reloadUnderLoad({ toml, store }: LoadedSource): Promise<void> {
  using component = await VersionedComponent.create();
  const pool = 'component.versioned.pool = { threads = 2, instances = 8 }';
  await using app = await RunningApp.open({
    guests: [],
    toml: `${component.toml}${pool}\n${toml}\n[output.out]\ntype = "queue"\nqueue = "out"`,
  });
  const accepted = async (count: number): Promise<void> =>
    app.until(async () => (await app.status()).accepted >= count);
  await store([SLOW, ...numbered(0, 200)], app);
  await accepted(20);
  component.deploy('v2');
  const [, reload] = await Promise.all([store(numbered(200, 400), app), app.runtime.reload()]);
  assert.deepEqual([...reload], [['versioned', 'replaced']]);
  await store(numbered(400, 600), app);
  await accepted(601);

  const answers = app.out;
  assert.deepEqual(
    answers.map((answer) => answer.slice('v1 '.length)).toSorted(),
    [SLOW, ...numbered(0, 600)].toSorted(),
  );
  assert.ok(answers.includes(`v1 ${SLOW}`), 'what ran finished where it ran');
  for (const text of numbered(400, 600)) assert.ok(answers.includes(`v2 ${text}`), `${text} came later`);
  const { taken, outcomes, retried, discarded } = await app.status();
  assert.deepEqual([taken, outcomes.completed, retried, discarded], [601, 601, 0, 0]);
  assert.deepEqual(app.letters, []);
  assert.ok(app.metrics.includes('sluice_component_reloads_total{sluice_component="versioned",result="replaced"} 1'));
  await app.until(() => app.runtime.components.get('versioned')?.stats.threads === 2);
  assert.ok(await app.runtime.drain());
}
