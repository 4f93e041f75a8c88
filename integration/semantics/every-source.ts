import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { OtlpCollector } from '../../src/telemetry/testing/otlp-collector.ts';
import { TemporaryApp } from '../temporary-app.ts';
import { until } from '../until.ts';
import { RunningApp } from './running-app.ts';

/** What a source is to wait at most for a word about what is held, where it can be told to, in milliseconds. A busy machine says it in time. */
export const LAPSE_MS = 3000;

/** A dead letter as its reader finds it. */
export interface Letter {
  readonly text: string;
  readonly attempt: string | undefined;
}

/** A source of its own for one test, on a real broker, with places for outputs and dead letters that are not there at first. */
export interface SourceSite {
  /** As it is called on spans. */
  readonly name: string;
  /** The broker's `[connection.main]`. */
  readonly connection: string;
  /** Begins with `[[trigger.TYPE]]`, and has no name and no component. What is held for `LAPSE_MS` without a word comes again, or is another member's. */
  readonly trigger: string;
  /** Keys of the outputs. */
  readonly out: string;
  readonly dead: string;
  publish(...texts: readonly string[]): Promise<void>;
  makeOut(): Promise<void>;
  makeDead(): Promise<void>;
  /** What a reader finds there, in any order. */
  outputs(): Promise<readonly string[]>;
  letters(): Promise<readonly Letter[]>;
  /** How many events, from the first on and without a gap, the broker knows to be settled. */
  settled(): Promise<number>;
}

/** The manifest of an app that reads a source in its trigger `in`; `keys` are more of the trigger's. */
function manifest({ connection, trigger, out, dead }: SourceSite, keys = '', component = 'choose'): string {
  return `component.${component}.limits = { timeout = "1s", memory = "16MiB" }
${connection}
${trigger}
name = "in"
component = "${component}"
${keys}
[output.out]
connection = "main"
${out}
[output.dead]
connection = "main"
${dead}`;
}

const retry = (attempts: number): string => `retry = { attempts = ${attempts}, first = "10ms", max = "20ms" }`;

const sorted = (texts: readonly string[]): readonly string[] => texts.toSorted();

/** Declares what must hold for events of every source, for one of them. */
export function everySource(source: string, newSite: () => Promise<SourceSite>): void {
  test(`${source}: an event is settled only after its output was confirmed, and does not come again meanwhile`, async () => {
    const site = await newSite();
    await using app = await RunningApp.open({ guests: ['choose'], toml: manifest(site) });
    await site.publish('echo 1');
    await app.until(async () => (await app.status()).reason?.includes(`${site.name}-out`) === true);
    await sleep(LAPSE_MS + 1000);
    const { taken, held } = await app.status();
    assert.deepEqual([taken, held, await site.settled()], [1, 1, 0]);
    await site.makeOut();
    await app.settled(1);
    await until(async () => (await site.settled()) === 1);
    assert.deepEqual(await site.outputs(), ['echo 1']);
  });

  test(`${source}: while a dead letter cannot be written nothing is settled, and the trigger and a metric say so`, async () => {
    const site = await newSite();
    await using app = await RunningApp.open({ guests: ['choose'], toml: manifest(site, 'dead_letter = "dead"') });
    const trouble = (): boolean => app.metrics.includes('sluice_trigger_trouble{sluice_trigger="in"} 1');
    assert.equal(trouble(), false);
    await site.publish('reject');
    await app.until(async () => (await app.status()).reason?.includes(`${site.name}-dead`) === true);
    assert.deepEqual([trouble(), (await app.status()).held, await site.settled()], [true, 1, 0]);
    await site.makeDead();
    await app.settled(1);
    await until(async () => (await site.settled()) === 1);
    assert.deepEqual([await site.letters(), trouble()], [[{ text: 'reject', attempt: '1' }], false]);
  });

  test(`${source}: a trap, a timeout, a full memory and nonsense each cost one attempt of their event, and others in the batch none`, async () => {
    const site = await newSite();
    await Promise.all([site.makeOut(), site.makeDead()]);
    const faults = ['trap', 'spin', 'grow', 'nonsense'];
    const others = (text: string): string[] => Array.from({ length: 10 }, (_, n) => `${text} ${n}`);
    await site.publish(...faults.flatMap((text) => [text, ...others(text).map((other) => `attempt ${other}`)]));
    const toml = manifest(site, `dead_letter = "dead"\n${retry(2)}`);
    await using app = await RunningApp.open({ guests: ['choose'], toml });
    await app.settled(44);
    await until(async () => (await site.settled()) === 44);
    const wanted = faults.flatMap(others).map((other) => `1 ${other}`);
    assert.deepEqual(sorted(await site.outputs()), sorted(wanted));
    const letters = (await site.letters()).map(({ text, attempt }) => `${text} ${attempt}`);
    assert.deepEqual(sorted(letters), sorted(faults.map((text) => `${text} 2`)));
    assert.ok(app.metrics.some((line) => /^sluice_drops_total\{.*reason="dead-lettered".*\} 4$/.test(line)));
  });

  test(`${source}: under a burst of a hundred times the permits no more than those are unsettled, and all end`, async () => {
    const site = await newSite();
    await site.makeOut();
    const [permits, burst] = [8, 800];
    await site.publish(...Array.from({ length: burst }, (_, n) => `echo ${n}`));
    const toml = manifest(site, `concurrency = ${permits}`);
    await using app = await RunningApp.open({ guests: ['choose'], toml });
    let most = 0;
    await app.until(async () => {
      const { held, accepted } = await app.status();
      most = Math.max(most, held);
      return accepted >= burst;
    });
    assert.equal(most, permits);
    await until(async () => (await site.settled()) === burst);
  });

  test(`${source}: a trigger whose events all spin holds up no other trigger`, async () => {
    const [site, brisk] = [await newSite(), await newSite()];
    await site.publish(...Array.from({ length: 50 }, () => 'spin'));
    await brisk.publish(...Array.from({ length: 100 }, (_, n) => `nothing ${n}`));
    const toml = `${manifest(site)}\n${brisk.trigger}\nname = "brisk"\ncomponent = "accepts"`;
    await using app = await RunningApp.open({ guests: ['choose', 'accepts'], toml });
    await app.until(async () => (await app.status('brisk')).accepted === 100);
    assert.equal((await app.status('in')).accepted, 0);
  });

  test(`${source}: retries are counted by one policy, and nothing comes by itself though they wait for long`, async () => {
    const site = await newSite();
    await site.makeDead();
    const toml = manifest(site, `dead_letter = "dead"\nretry = { attempts = 3, first = "4s", max = "4s" }`);
    await using app = await RunningApp.open({ guests: ['choose'], toml });
    await site.publish('fail');
    await app.settled(1);
    assert.equal((await app.status()).taken, 3);
    assert.deepEqual(await site.letters(), [{ text: 'fail', attempt: '3' }]);
  });

  test(`${source}: the number of an attempt is told to the component, on the span and in the dead letter, and what is sent has a span of its own`, async () => {
    const site = await newSite();
    await Promise.all([site.makeOut(), site.makeDead()]);
    const toml = manifest(site, `dead_letter = "dead"\n${retry(2)}`);
    using app = await TemporaryApp.create({ guests: ['choose'], toml });
    await site.publish('attempt', 'fail');
    await using collector = await OtlpCollector.open();
    const off = { OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...off };
    assert.equal((await app.run(['up', '--until-idle', '300ms'], { env })).code, 0);
    assert.deepEqual(await site.outputs(), ['1']);
    const spans = collector.spans.filter(({ name }) => name === `process ${site.name}`);
    const told = spans.map(({ attributes }) => [attributes['sluice.outcome'], attributes['sluice.attempt']].join(' '));
    assert.deepEqual(told.toSorted(), ['completed 1', 'failed 1', 'failed 2']);
    assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 2, 'the attempts of one event share a trace');
    assert.deepEqual(await site.letters(), [{ text: 'fail', attempt: '2' }]);
    const [, system] = /trigger\.(\w+)/.exec(site.trigger) ?? [];
    const sent = collector.spans.filter(({ name }) => name.startsWith('send '));
    const sends = sent.map(({ name, attributes }) => `${name} by ${String(attributes['messaging.system'])}`);
    assert.deepEqual(sorted(sends), [`send dead by ${system}`, `send out by ${system}`]);
    const deliveries = new Set(spans.map(({ spanId }) => spanId));
    assert.ok(sent.every(({ parentSpanId = '' }) => deliveries.has(parentSpanId)));
  });

  test(`${source}: SIGTERM under load settles what was handled and gives back the rest, uncharged, and ends with 0`, async () => {
    const site = await newSite();
    await Promise.all([site.makeOut(), site.makeDead()]);
    const events = Array.from({ length: 1000 }, (_, n) => `attempt ${n}`);
    await site.publish(...events.map((event) => `40 ${event}`)); // together they take seconds, on any machine
    using app = await TemporaryApp.create({ guests: ['wakes'], toml: manifest(site, 'dead_letter = "dead"', 'wakes') });
    await using sluice = app.start(['up']);
    await sluice.says(/ready in/);
    await until(async () => (await site.outputs()).length > 0);
    sluice.kill('SIGTERM');
    const { code, stderr } = await sluice.ended();
    assert.equal(code, 0, stderr);
    const handled = (await site.outputs()).length;
    assert.ok(handled < events.length, 'it was not under load any more');
    assert.ok((await site.settled()) <= handled);
    assert.equal((await app.run(['up', '--until-idle', '500ms'])).code, 0);
    assert.equal(await site.settled(), events.length);
    // Each once, and as its first attempt: what was handled before the signal is settled, and what was given back was not charged.
    const wanted = events.map((text) => text.replace('attempt', '1'));
    assert.deepEqual([sorted(await site.outputs()), await site.letters()], [sorted(wanted), []]);
  });

  test(`${source}: two SIGTERMs under load lose nothing, charge nobody, and end with 0`, async () => {
    const site = await newSite();
    await Promise.all([site.makeOut(), site.makeDead()]);
    const events = Array.from({ length: 300 }, (_, n) => `attempt ${n}`);
    await site.publish(...events.map((event) => `150 ${event}`)); // together they take seconds, on any machine
    using app = await TemporaryApp.create({ guests: ['wakes'], toml: manifest(site, 'dead_letter = "dead"', 'wakes') });
    await using sluice = app.start(['up']);
    await sluice.says(/ready in/);
    await until(async () => (await site.outputs()).length > 0);
    sluice.kill('SIGTERM');
    await sluice.says(/draining/);
    sluice.kill('SIGTERM');
    const { code, stderr } = await sluice.ended();
    assert.equal(code, 0, stderr);
    assert.ok((await site.settled()) < events.length, 'it was not under load any more');
    assert.equal((await app.run(['up', '--until-idle', `${LAPSE_MS + 1000}ms`])).code, 0);
    assert.equal(await site.settled(), events.length);
    // What was published and not settled before the second signal is published again: at least once, and nobody was charged.
    const wanted = events.map((text) => text.replace('attempt', '1'));
    assert.deepEqual([sorted([...new Set(await site.outputs())]), await site.letters()], [sorted(wanted), []]);
  });
}
