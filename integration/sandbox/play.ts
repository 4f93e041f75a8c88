import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Grants } from '../../src/capability/capability.ts';
import { providesFor } from '../../src/capability/capabilities.ts';
import type { Component } from '../../src/component/component.ts';
import { type CallPath, loadComponent } from '../../src/component/load-component.ts';
import { contracts } from '../../src/contract/contracts.ts';
import { endProcess } from '../../src/cli/io.ts';
import { SluiceError } from '../../src/errors.ts';
import { silentLogger } from '../../src/logger.ts';
import type { InstancePool } from '../../src/pool/pool.ts';
import { LONGEST_REASON } from '../../src/bounded-text.ts';
import { noGrants, openPool, useHost } from '../../src/pool/testing/guest-pool.ts';
import { run, ToldCall } from '../../src/pool/testing/told-call.ts';
import { buildHostileFile } from './build-hostile.ts';
import { type Case, cases, componentOf, type Ending } from './cases.ts';
import type { Host, Played } from './players.ts';
import { loggedShapes, shownByCommands } from './terminal.ts';

// The entry of a process that plays cases, one after the other: `node play.ts HOST CASE...`. A guest that gets out may end it, or leave it
// hanging; players.ts sees to that. Beside each hostile call, two others run: a neighbour on the same pool, and one on a pool of its own.

const [host, ...names] = process.argv.slice(2) as [Host, ...string[]];
const callPath: CallPath = process.env['SLUICE_CALL_PATH'] === 'glue' ? 'glue' : 'auto';
const MIB = 2 ** 20;
/** So many times its timeout is no delay of a busy machine: what ended the call was not its deadline. */
const LATEST = 100;
const cacheDir = join(import.meta.dirname, '..', '..', '.cache', 'components');

async function load(name: string, source: string, memoryBytes: number, granted: Grants): Promise<Component> {
  const provides = providesFor(granted);
  const kept = { memoryBytes, callPath, keepWasm: true, log: silentLogger };
  const options = { name, source, contracts, provides, cacheDir, ...kept };
  return loadComponent(options, new AbortController().signal);
}

/** What went wrong; empty when the guest was stopped as it should be. */
async function play(each: Case, neighbour: InstancePool): Promise<string[]> {
  const { name, expected, memoryBytes = 64 * MIB, timeoutMs = 20_000, grants, pool: given, mostMiB = 640 } = each;
  const folder = mkdtempSync(join(tmpdir(), 'sluice-sandbox-'));
  const heldMiB = peakMiB();
  try {
    const granted = { ...noGrants, ...grants?.(folder) };
    const component = await load(name, await componentOf(each), memoryBytes, granted);
    if ('kind' in expected && expected.kind === 'shown')
      return await shownByCommands(await componentOf(each), host, cacheDir);
    await using pool = await openPool(component, { grants: granted, ...given });
    if ('refused' in expected) return [`it was not refused with ${expected.refused}`];
    if (expected.kind === 'logged') return await loggedShapes(pool);
    const hostile = new ToldCall('hostile', { timeoutMs });
    const beside = [new ToldCall('well before'), new ToldCall('well behind'), new ToldCall('well elsewhere')] as const;
    pool.submit(beside[0]);
    pool.submit(hostile);
    pool.submit(beside[1]);
    neighbour.submit(beside[2]);
    const submittedMs = performance.now();
    const outcome = await hostile.outcome;
    const wrong = differences(expected, outcome);
    if (outcome.kind === 'timed-out' && performance.now() - submittedMs > LATEST * timeoutMs)
      wrong.push('its deadline passed long before it was ended');
    if ('reason' in outcome && outcome.reason.length > 2 * LONGEST_REASON) wrong.push('its reason was not cut');
    const written = hostile.lines.reduce((sum, { text }) => sum + text.length, 0);
    if (hostile.lines.length > 1100 || written > 300_000)
      wrong.push(`it wrote ${hostile.lines.length} lines of ${written} characters`);
    for (const call of beside) {
      const { kind } = await call.outcome;
      if (kind !== 'completed') wrong.push(`the event '${call.event.id}' ${kind}`);
    }
    const after = await run(neighbour, 'well after');
    if (after.kind !== 'completed') wrong.push(`an event afterwards ${after.kind}`);
    if (hostile.outcomes.length !== 1) wrong.push(`it was charged ${hostile.outcomes.length} times`);
    const takenMiB = peakMiB() - heldMiB;
    if (takenMiB > mostMiB) wrong.push(`the process took ${takenMiB} MiB more`);
    return wrong;
  } catch (thrown) {
    if (!(thrown instanceof SluiceError)) throw thrown;
    if ('refused' in expected && thrown.code === expected.refused) return [];
    return [`it was refused with ${thrown.code}: ${thrown.message}`];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function differences(expected: Ending, outcome: Awaited<ToldCall['outcome']>): string[] {
  const said = JSON.stringify(outcome, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  const wrong = [`wanted ${JSON.stringify(expected)}, got ${said.slice(0, 500)}`];
  if (outcome.kind !== expected.kind) return wrong;
  if (outcome.kind !== 'trapped' || expected.kind !== 'trapped') return [];
  return outcome.cause === expected.cause && (expected.reason?.test(outcome.reason) ?? true) ? [] : wrong;
}

/** The most that this process has held since it was last asked, in MiB; 0 where the system doesn't say. */
function peakMiB(): number {
  try {
    const kib = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0;
    writeFileSync('/proc/self/clear_refs', '5');
    return Math.round(Number(kib) / 1024);
  } catch {
    return 0;
  }
}

/** Resolves when it was sent. Without a parent, a person reads it. */
function tell(played: Played): Promise<void> {
  if (process.send === undefined) console.log(played);
  return new Promise((resolve) => (process.send === undefined ? resolve() : process.send(played, () => resolve())));
}

useHost(host);
const well = await load('well', await buildHostileFile('unreachable'), 64 * MIB, noGrants);
const neighbour = await openPool(well);
for (const name of names) {
  const found = cases.find((each) => each.name === name);
  if (found === undefined) throw new TypeError(`no case is named ${name}`);
  await tell({ kind: 'begun', name });
  await tell({ kind: 'done', name, wrong: await play(found, neighbour) });
}
await neighbour.drain();
// A thread may be left behind that never ends.
endProcess(0);
