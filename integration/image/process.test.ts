import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { chownSync, globSync, readFileSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { freePort } from '../brokers/free-port.ts';
import { builtPackage } from '../built-package.ts';
import { buildGuest } from '../guests/build-guest.ts';
import { defaultNodeImage, execForm, root } from './dockerfile.ts';

/**
 * What the image holds, in a folder, run by the Dockerfile's own commands and as another user than root: what can be shown of the image
 * where no Docker daemon runs.
 */
const run = promisify(execFile);
/** The official image's user `node`. */
const NODE_USER = 1000;
const isRoot = process.getuid?.() === 0;
const user = isRoot ? { uid: NODE_USER, gid: NODE_USER } : {};

let folder: string;
let app: string;
let port: number;
let env: NodeJS.ProcessEnv;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-image-'));
  await chmod(folder, 0o755);
  const sluice = join(folder, 'opt', 'sluice');
  app = join(folder, 'app');
  await mkdir(sluice, { recursive: true });
  await mkdir(app);
  const built = await builtPackage();
  for (const part of ['package.json', 'package-lock.json', 'LICENSE', 'wit', 'dist']) {
    await cp(join(built, part), join(sluice, part), { recursive: true });
  }
  await run('npm', ['ci', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: sluice });
  await copyFile(await buildGuest('accepts'), join(app, 'accepts.wasm'));
  port = await freePort();
  await writeFile(
    join(app, 'sluice.toml'),
    [
      `server = { listen = "127.0.0.1:${port}" }`,
      'component.accepts = { source = "accepts.wasm" }',
      '[[trigger.queue]]',
      'name = "jobs"',
      'queue = "jobs"',
      'component = "accepts"',
    ].join('\n'),
  );
  await mkdir(join(app, '.sluice'));
  if (isRoot) chownSync(join(app, '.sluice'), NODE_USER, NODE_USER);
  env = { ...process.env, SLUICE_CACHE_DIR: join(sluice, 'cache') };
  await run(process.execPath, [...entrypoint().slice(1), 'check'], { cwd: app, env });
  await run('chmod', ['-R', 'a+rX,go-w', app, join(sluice, 'cache')]);
});

after(() => rm(folder, { recursive: true, force: true }));

/** The Dockerfile's entry point, with the folder in place of the image's root. */
function entrypoint(): string[] {
  return execForm('ENTRYPOINT').map((argument) => argument.replace('/opt/sluice', join(folder, 'opt', 'sluice')));
}

/** Runs the Dockerfile's health check against our port; whether it says healthy. */
async function isHealthy(): Promise<boolean> {
  const [program, ...args] = execForm('HEALTHCHECK').map((argument) => argument.replace('9464', String(port)));
  assert.equal(program, 'node');
  return run(process.execPath, args, user).then(
    () => true,
    () => false,
  );
}

test('what the image holds runs as another user than root, is healthy, and drains at SIGTERM with exit code 0', async () => {
  assert.equal(await isHealthy(), false, 'nothing runs yet');
  const [program, ...args] = [...entrypoint(), ...execForm('CMD')];
  assert.equal(program, 'node');
  const child = spawn(process.execPath, args, { cwd: app, stdio: ['ignore', 'ignore', 'pipe'], env, ...user });
  let log = '';
  const ready = Promise.withResolvers<void>();
  const ended = new Promise<number | null>((resolve) => void child.once('close', resolve));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
    if (/\bready in \d+ ms[^]*jobs .*\[running\]/.test(log)) ready.resolve();
  });
  void ended.then((code) => ready.reject(new Error(`ended with ${code}:\n${log}`)));
  try {
    await ready.promise;
    const uid = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
    assert.notEqual(uid, '0');
    assert.equal(await isHealthy(), true);
    await run(process.execPath, [...entrypoint().slice(1), 'publish', 'jobs', 'x', '-n', '200'], {
      cwd: app,
      env,
      ...user,
    });
    child.kill('SIGTERM');
    assert.equal(await ended, 0, log);
    assert.match(log, /draining/);
    assert.equal(await isHealthy(), false);
  } finally {
    child.kill('SIGKILL');
  }
});

test('what the image holds are production dependencies, with the components transpiled', () => {
  const modules = globSync('*', { cwd: join(folder, 'opt', 'sluice', 'node_modules') });
  assert.ok(modules.includes('commander'));
  for (const absent of ['typescript', 'testcontainers', 'assemblyscript', 'node']) assert.ok(!modules.includes(absent));
  assert.notEqual(globSync('*', { cwd: join(folder, 'opt', 'sluice', 'cache') }).length, 0);
});

test(
  'what runs can write its state, and neither code, nor cache, nor the application',
  { skip: !isRoot && 'only root can run it as another user' },
  async () => {
    const attempt = `
    const fs = require('node:fs');
    const written = process.argv.slice(1).filter((path) => {
      try { fs.writeFileSync(path + '/planted', ''); return true; } catch { return false; }
    });
    console.log(JSON.stringify(written));
  `;
    const sluice = join(folder, 'opt', 'sluice');
    const cache = join(sluice, 'cache');
    const places = [app, join(app, '.sluice'), sluice, join(sluice, 'dist'), join(sluice, 'node_modules'), cache];
    const entries = globSync('*', { cwd: cache }).map((name) => join(cache, name));
    const { stdout } = await run(process.execPath, ['--eval', attempt, '--', ...places, ...entries], user);
    assert.deepEqual(JSON.parse(stdout), [join(app, '.sluice')]);
  },
);

test('the base image is named by its digest, and secrets stay out of the build', () => {
  assert.match(defaultNodeImage(), /^[\w./-]+@sha256:[\da-f]{64}$/);
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
  for (const pattern of ['**/.env', '**/.env.*', '**/*.key', '**/*.pem', '**/*.creds', '**/.sluice', '.git']) {
    assert.ok(ignored.includes(pattern), pattern);
  }
});
