import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { silentLogger } from '../logger.ts';
import { openTelemetry } from './open-telemetry.ts';

/** OpenTelemetry's packages are CommonJS, so that what was loaded is in this cache. */
function loaded(): string[] {
  return Object.keys(createRequire(import.meta.url).cache).filter((file) => file.includes('@opentelemetry'));
}

test('openTelemetry loads nothing of the SDK until something is exported', async () => {
  const options = { serviceName: 'shop', version: '1', log: silentLogger };
  await using telemetry = await openTelemetry(options);
  telemetry.prometheus();
  assert.deepEqual(loaded(), []);
  await using tracing = await openTelemetry({ ...options, traceToConsole: true, console: { write: () => true } });
  tracing.prometheus();
  assert.notEqual(loaded().length, 0);
});
