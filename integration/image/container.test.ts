import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { ContainerRuntimeClient, StartedTestContainer } from 'testcontainers';
import { root } from './dockerfile.ts';
import { nodeImage } from './node-image.ts';

/**
 * The image as a container. Where no Docker daemon runs, `process.test.ts` is all that can be shown, and these tests say so.
 *
 * Nothing needs a network at run time, and the health check looks from inside: so there is none.
 */
const IMAGE = `sluice-test-orders-${randomUUID()}`; // another run may build its own on the same daemon
const BUILD_LIMIT_MS = 600_000;
const START_LIMIT_MS = 60_000;
const ORDERS = 500;

// The reaper is an image of its own, which can't always be pulled; containers are removed below. And a build that fails must say why.
process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
process.env['DEBUG'] ??= 'testcontainers:build';
const { GenericContainer, getContainerRuntimeClient, Wait } = await import('testcontainers');

let client: ContainerRuntimeClient | undefined;
let why = '';
let started: StartedTestContainer;
let container: ReturnType<ContainerRuntimeClient['container']['getById']>;

before(
  async () => {
    try {
      client = await getContainerRuntimeClient();
    } catch (thrown) {
      why = String(thrown);
      return;
    }
    const buildargs = { NODE_IMAGE: await nodeImage(client), APP: 'examples/orders', UNPINNED: 'yes' };
    // npm must reach its registry, also where the daemon has no bridge to the outside.
    await client.image.build(root, { t: IMAGE, dockerfile: 'Dockerfile', buildargs, networkmode: 'host' });
    started = await new GenericContainer(IMAGE)
      .withNetworkMode('none')
      .withWaitStrategy(Wait.forHealthCheck())
      .withStartupTimeout(START_LIMIT_MS)
      .start();
    container = client.container.getById(started.getId());
  },
  { timeout: BUILD_LIMIT_MS },
);

after(async () => {
  await container?.remove({ force: true });
  await client?.container.dockerode
    .getImage(IMAGE)
    .remove({ force: true })
    .catch(() => {}); // it was not built
});

/** Says loudly, once a test, that it proved nothing; false where there is a daemon. */
function noDaemon(t: TestContext): boolean {
  if (client !== undefined) return false;
  const what = `NO DOCKER DAEMON (${why}): the image was neither built nor run; process.test.ts runs what it would hold`;
  process.stderr.write(`\n*** ${what} ***\n`);
  t.skip(what);
  return true;
}

async function run(...command: string[]): Promise<string> {
  const { exitCode, output } = await started.exec(command);
  assert.equal(exitCode, 0, output);
  return output.trim();
}

const evaluate = (expression: string): Promise<string> => run('node', '--print', expression);

test('the container becomes healthy by its own check', (t) => {
  if (noDaemon(t)) return;
  assert.ok(started.getId());
});

test('the container runs Sluice as its first process, and not as root', async (t) => {
  if (noDaemon(t)) return;
  const first = await evaluate('fs.readFileSync("/proc/1/cmdline", "utf8").replaceAll("\\0", " ")');
  assert.equal(first, 'node /opt/sluice/dist/src/cli/main.js up --no-build');
  assert.match(await evaluate('fs.readFileSync("/proc/1/status", "utf8")'), /^Uid:\s+1000\s/m);
});

test('the image holds production dependencies only, and no sources', async (t) => {
  if (noDaemon(t)) return;
  const there = await evaluate(
    'fs.readdirSync("/opt/sluice/node_modules").concat(fs.readdirSync("/opt/sluice")).join()',
  );
  assert.match(there, /\bcommander\b.*\bdist\b/);
  for (const absent of ['typescript', 'testcontainers', 'assemblyscript', 'src', 'triggers']) {
    assert.doesNotMatch(there, new RegExp(`(?:^|,)${absent}(?:,|$)`));
  }
});

test('the components were transpiled while the image was built: a start adds nothing to the cache', async (t) => {
  if (noDaemon(t)) return;
  assert.match(await evaluate('fs.readdirSync("/opt/sluice/cache").length'), /^[1-9]/);
  // Docker's own format; null when nothing changed.
  const changes = ((await container.changes()) ?? []) as readonly { readonly Path: string }[];
  assert.ok(changes.some(({ Path }) => Path === '/app/.sluice/state.db'));
  assert.deepEqual(
    changes.filter(({ Path }) => Path.startsWith('/opt/sluice/cache/') || Path.startsWith('/app/.sluice/cache')),
    [],
  );
});

test('SIGTERM drains the container under load with exit code 0, and a restart handles the rest', async (t) => {
  if (noDaemon(t)) return;
  const order = '{"id":"o-1","item":"tea","quantity":2,"price":450}';
  await run('sluice', 'publish', 'orders', order, '--count', String(ORDERS));
  await container.stop({ t: START_LIMIT_MS / 1000 });
  const { State } = await container.inspect();
  assert.equal(State.ExitCode, 0);
  assert.match(await log(), /draining/);
  await container.start();
  // The example's report counts every handled order, each ten seconds.
  while (Number(/.*\b(\d+) orders, /s.exec(await log())?.[1] ?? 0) < ORDERS) await setTimeout(200);
  assert.match(await run('sluice', 'dead', 'list', '--json'), /^\[\]$/m);
});

async function log(): Promise<string> {
  return (await container.logs({ stdout: true, stderr: true })).toString();
}
