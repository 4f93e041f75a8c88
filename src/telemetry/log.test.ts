import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SluiceError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { createLogger, type LogOptions } from './log.ts';

/** The lines that `act` logs. */
function lines(options: Omit<LogOptions, 'stream'>, act: (log: Logger) => void, isTTY = false): string[] {
  const written: string[] = [];
  act(createLogger({ ...options, stream: { isTTY, write: (line) => void written.push(line) } }));
  return written;
}

test('createLogger writes JSON where there is no terminal', () => {
  const [line = ''] = lines({}, (log) => log.child({ trigger: 'jobs' }).warn({ pauseMs: 250 }, 'opened again'));
  const { time, ...rest } = JSON.parse(line);
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(rest, { level: 'warn', trigger: 'jobs', pauseMs: 250, msg: 'opened again' });
});

test('createLogger writes text on a terminal, and where it is asked to', () => {
  const act = (log: Logger): void => log.info({ trigger: 'jobs', n: 2 }, 'ready');
  const [line = ''] = lines({ format: 'human' }, act);
  assert.match(line, /^\d\d:\d\d:\d\d\.\d{3} info {2}ready trigger=jobs n=2\n$/);
  assert.match(lines({}, act, true)[0] ?? '', /ready/);
  assert.throws(() => JSON.parse(lines({}, act, true)[0] ?? ''));
});

test('createLogger writes errors with their code, and a stack in JSON only', () => {
  const act = (log: Logger): void => log.error({ err: new SluiceError('SLU3001', 'no route') }, 'failed');
  const { err } = JSON.parse(lines({}, act)[0] ?? '');
  assert.equal(err.code, 'SLU3001');
  assert.match(err.stack, /log\.test\.ts/);
  assert.match(lines({ format: 'human' }, act)[0] ?? '', /failed\n {2}SLU3001: no route\n$/);
});

test('createLogger leaves out what is below its level', () => {
  const act = (log: Logger): void => {
    log.debug({}, 'a');
    log.info({}, 'b');
    log.error({}, 'c');
  };
  assert.equal(lines({ level: 'debug' }, act).length, 3);
  assert.equal(lines({}, act).length, 2);
  assert.equal(lines({ level: 'error' }, act).length, 1);
  assert.equal(lines({ level: 'silent' }, act).length, 0);
});

test('createLogger writes no secrets: neither by name nor inside an address', () => {
  const cause = new Error('connect nats://shop:hunter2@broker:4222 refused');
  const text = lines({ format: 'json' }, (log) => {
    log.info({ password: 'hunter2', options: { token: 'hunter2', servers: ['nats://hunter2@a', 'nats://b'] } }, 'x');
    log.warn({ err: new SluiceError('SLU3001', 'away', { cause }) }, 'https://u:hunter2@host/path');
  }).join('');
  assert.doesNotMatch(text, /hunter2/);
  assert.match(text, /"nats:\/\/\*\*\*@a","nats:\/\/b"/);
  assert.match(text, /https:\/\/\*\*\*@host\/path/);
});
