import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TooManyResources } from '../../host-resource.ts';
import { heldFolder, LoneInstance } from '../../testing/lone-instance.ts';
import { WitError } from '../../capability.ts';
import type { Descriptor } from './descriptor.ts';
import type { IoError } from '../streams.ts';
import { wasi } from '../wasi.ts';

interface Granted {
  readonly instance: LoneInstance;
  readonly folder: Descriptor;
  readonly host: string;
}

/** What a guest sees of one granted folder, which holds `greeting`. */
async function granted(t: TestContext, readonly: boolean): Promise<Granted> {
  const host = mkdtempSync(join(tmpdir(), 'sluice-files-'));
  t.after(() => rmSync(host, { recursive: true }));
  writeFileSync(join(host, 'greeting'), 'hello');
  mkdirSync(join(host, 'sub'));
  const instance = new LoneInstance({ grants: { files: { '/data': heldFolder(t, host, readonly) } } });
  t.after(() => instance.discard());
  const [[folder, path] = []] = await directoriesOf(instance);
  assert.equal(path, '/data');
  assert.ok(folder !== undefined);
  return { instance, folder, host };
}

async function directoriesOf(instance: LoneInstance): Promise<[Descriptor, string][]> {
  const preopens = await wasi.bind('wasi:filesystem/preopens@0.2.6', instance);
  return (preopens as { getDirectories: () => [Descriptor, string][] }).getDirectories();
}

const READ = { read: true };
const WRITE = { write: true };
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const bytes = (content: string): Uint8Array => Buffer.from(content);

test('a component without a grant finds no files', async () => {
  assert.deepEqual(await directoriesOf(new LoneInstance()), []);
});

test(
  'a granted folder stays the one that was opened at the start, whatever takes its place',
  { skip: process.platform !== 'linux' && 'only on Linux does a step go through the open folder' },
  async (t) => {
    const parent = mkdtempSync(join(tmpdir(), 'sluice-files-'));
    t.after(() => rmSync(parent, { recursive: true }));
    const [host, outside] = [join(parent, 'inner'), join(parent, 'outside')];
    for (const folder of [host, outside]) mkdirSync(folder);
    writeFileSync(join(outside, 'secret'), 'secret');
    const instance = new LoneInstance({ grants: { files: { '/data': heldFolder(t, host, false) } } });
    t.after(() => instance.discard());
    rmSync(host, { recursive: true });
    symlinkSync('outside', host);
    const [[gone] = []] = await directoriesOf(instance);
    assert.throws(() => gone?.openAt({}, 'secret', {}, READ), { payload: 'no-entry' });

    rmSync(host);
    mkdirSync(host);
    const other = new LoneInstance({ grants: { files: { '/data': heldFolder(t, host, false) } } });
    t.after(() => other.discard());
    renameSync(host, join(parent, 'moved'));
    symlinkSync('outside', host);
    const [[folder] = []] = await directoriesOf(other);
    assert.throws(() => folder?.openAt({}, 'secret', {}, READ), { payload: 'no-entry' });
    folder?.openAt({}, 'new', { create: true }, WRITE);
    assert.deepEqual([readdirSync(join(parent, 'moved')), readdirSync(outside)], [['new'], ['secret']]);
  },
);

test('a guest reads a file at any position, and learns where it ends', async (t) => {
  const { folder } = await granted(t, true);
  const file = folder.openAt({}, 'greeting', {}, READ);
  assert.equal(file.getType(), 'regular-file');
  assert.equal(file.stat().size, 5n);
  const [content, end] = file.read(3n, 1n);
  assert.deepEqual([text(content), end], ['ell', false]);
  assert.deepEqual(file.read(10n, 5n), [new Uint8Array(), true]);

  const stream = file.readViaStream(1n);
  assert.equal(text(await stream.blockingRead(100n)), 'ello');
  assert.throws(() => stream.read(1n), { payload: { tag: 'closed' } });
});

test('a guest creates, writes, appends to and truncates a file', async (t) => {
  const { folder, host } = await granted(t, false);
  const file = folder.openAt({}, 'new', { create: true, exclusive: true }, WRITE);
  await file.writeViaStream(0n).blockingWriteAndFlush(bytes('one'));
  file.appendViaStream().write(bytes(' two'));
  assert.equal(file.write(bytes('O'), 0n), 1n);
  assert.equal(readFileSync(join(host, 'new'), 'utf8'), 'One two');
  file.setSize(3n);
  assert.equal(readFileSync(join(host, 'new'), 'utf8'), 'One');
  assert.throws(() => folder.openAt({}, 'new', { create: true, exclusive: true }, WRITE), { payload: 'exist' });
  folder.openAt({}, 'new', { truncate: true }, WRITE);
  assert.equal(readFileSync(join(host, 'new'), 'utf8'), '');
});

test('a stream outlives the descriptor that it came from', async (t) => {
  const { folder } = await granted(t, true);
  const file = folder.openAt({}, 'greeting', {}, READ);
  const stream = file.readViaStream(0n);
  file[Symbol.dispose]();
  assert.equal(text(stream.read(5n)), 'hello');
});

test('a guest makes, lists, renames and removes folders, files and links', async (t) => {
  const { folder, host } = await granted(t, false);
  folder.createDirectoryAt('a');
  folder.renameAt('greeting', folder.openAt({}, 'a', { directory: true }, READ), 'moved');
  folder.symlinkAt('a/moved', 'link');
  folder.linkAt({}, 'a/moved', folder, 'hard');
  assert.equal(folder.readlinkAt('link'), 'a/moved');
  assert.equal(folder.statAt({}, 'link').type, 'symbolic-link');
  assert.equal(folder.statAt({ symlinkFollow: true }, 'link').linkCount, 2n);

  const listing = folder.readDirectory();
  const names: string[] = [];
  for (let entry = listing.readDirectoryEntry(); entry !== undefined; entry = listing.readDirectoryEntry()) {
    names.push(`${entry.name}: ${entry.type}`);
  }
  assert.deepEqual(names.toSorted(), ['a: directory', 'hard: regular-file', 'link: symbolic-link', 'sub: directory']);

  assert.throws(() => folder.removeDirectoryAt('a'), { payload: 'not-empty' });
  folder.unlinkFileAt('a/moved');
  folder.removeDirectoryAt('a');
  assert.equal(existsSync(join(host, 'a')), false);
});

test('a folder that is granted read-only refuses every change', async (t) => {
  const { folder, host } = await granted(t, true);
  const sub = folder.openAt({}, 'sub', { directory: true }, READ);
  const file = folder.openAt({}, 'greeting', {}, READ);
  const now = { tag: 'now' } as const;
  const changes: readonly (() => unknown)[] = [
    () => folder.openAt({}, 'greeting', {}, WRITE),
    () => folder.openAt({}, 'new', { create: true }, READ),
    () => folder.openAt({}, 'greeting', { truncate: true }, READ),
    () => folder.openAt({}, 'sub', { directory: true }, { read: true, mutateDirectory: true }),
    () => folder.createDirectoryAt('new'),
    () => folder.removeDirectoryAt('sub'),
    () => folder.unlinkFileAt('greeting'),
    () => folder.renameAt('greeting', folder, 'new'),
    () => folder.symlinkAt('greeting', 'new'),
    () => folder.linkAt({}, 'greeting', folder, 'new'),
    () => folder.setTimesAt({}, 'greeting', now, now),
    () => file.setTimes(now, now),
    () => sub.createDirectoryAt('new'),
  ];
  for (const change of changes) assert.throws(change, { payload: 'read-only' }, String(change));
  assert.throws(() => file.write(bytes('x'), 0n), { payload: 'bad-descriptor' });
  assert.equal(readFileSync(join(host, 'greeting'), 'utf8'), 'hello');
});

test('nothing can be moved or linked out of a read-only folder into a writable one', async (t) => {
  const from = await granted(t, true);
  const to = await granted(t, false);
  assert.throws(() => from.folder.renameAt('greeting', to.folder, 'taken'), { payload: 'read-only' });
  assert.throws(() => to.folder.renameAt('greeting', from.folder, 'given'), { payload: 'read-only' });
  assert.throws(() => from.folder.linkAt({}, 'greeting', to.folder, 'taken'), { payload: 'read-only' });
});

test('a link to an absolute path cannot be made', async (t) => {
  const { folder } = await granted(t, false);
  assert.throws(() => folder.symlinkAt('/etc/passwd', 'link'), { payload: 'not-permitted' });
});

test('a guest sets the times of a file', async (t) => {
  const { folder } = await granted(t, false);
  const at = (seconds: bigint) => ({ tag: 'timestamp', val: { seconds, nanoseconds: 0 } }) as const;
  folder.openAt({}, 'greeting', {}, WRITE).setTimes(at(5n), { tag: 'no-change' });
  folder.setTimesAt({}, 'greeting', { tag: 'no-change' }, at(9n));
  const stat = folder.statAt({}, 'greeting');
  assert.deepEqual(stat.dataAccessTimestamp, { seconds: 5n, nanoseconds: 0 });
  assert.deepEqual(stat.dataModificationTimestamp, { seconds: 9n, nanoseconds: 0 });
});

test('descriptors of one file are known to be the same', async (t) => {
  const { folder } = await granted(t, true);
  const [one, two] = [folder.openAt({}, 'greeting', {}, READ), folder.openAt({}, './greeting', {}, READ)];
  assert.equal(one.isSameObject(two), true);
  assert.equal(one.isSameObject(folder), false);
  assert.deepEqual(one.metadataHash(), folder.metadataHashAt({}, 'greeting'));
});

test('a stream that fails tells the error code of the file', async (t) => {
  const { folder, instance } = await granted(t, true);
  const types = (await wasi.bind('wasi:filesystem/types@0.2.6', instance)) as {
    filesystemErrorCode: (error: IoError) => unknown;
  };
  const stream = folder.openAt({}, 'greeting', {}, READ).writeViaStream(0n);
  assert.throws(
    () => stream.write(bytes('x')),
    (thrown) => {
      assert.ok(thrown instanceof WitError);
      const { tag, val } = thrown.payload as { tag: string; val: IoError };
      return tag === 'last-operation-failed' && types.filesystemErrorCode(val) === 'bad-descriptor';
    },
  );
});

test(
  'a pipe in a granted folder holds nobody up',
  { skip: process.platform === 'win32' && 'Windows has no pipes in folders' },
  async (t) => {
    const { folder, host } = await granted(t, false);
    execFileSync('mkfifo', [join(host, 'pipe')]);
    assert.throws(() => folder.openAt({}, 'pipe', {}, READ), { payload: 'not-permitted' });
  },
);

test('a read of any length costs no more memory than one piece', async (t) => {
  const { folder } = await granted(t, true);
  const file = folder.openAt({}, 'greeting', {}, READ);
  assert.equal(text(file.read(2n ** 64n - 1n, 0n)[0]), 'hello');
  assert.throws(() => file.read(1n, 2n ** 63n), { payload: 'file-too-large' });
});

test('an instance that drops no descriptor is stopped, and what it held open is closed when it is discarded', async (t) => {
  const { folder, instance } = await granted(t, true);
  const open = (): unknown => folder.openAt({}, 'greeting', {}, READ);
  assert.throws(() => {
    for (;;) open();
  }, TooManyResources);
  const files = openFiles();
  instance.discard();
  assert.equal(files - openFiles(), 64);
});

test('listings count as open files', async (t) => {
  const { folder, instance } = await granted(t, true);
  const before = openFiles();
  assert.throws(() => {
    for (;;) folder.readDirectory();
  }, TooManyResources);
  assert.equal(openFiles() - before, 63);
  instance.discard();
});

test(
  'what is neither file nor folder is not even opened: sockets, pipes',
  { skip: process.platform === 'win32' && 'Windows has no pipes in folders' },
  async (t) => {
    const { folder, host } = await granted(t, false);
    const server = createServer().listen(join(host, 'socket'));
    t.after(() => server.close());
    await once(server, 'listening');
    for (const flags of [READ, WRITE, { read: true, write: true }]) {
      assert.throws(() => folder.openAt({}, 'socket', { create: true }, flags), { payload: 'not-permitted' });
    }
  },
);

test('names that no file can have are errors of the file system, and no traps', async (t) => {
  const { folder, host } = await granted(t, false);
  writeFileSync(Buffer.from(`${host}/\xff`, 'latin1'), '');
  const listing = folder.readDirectory();
  const names: string[] = [];
  for (let entry = listing.readDirectoryEntry(); entry !== undefined; entry = listing.readDirectoryEntry()) {
    names.push(entry.name);
  }
  assert.ok(names.includes('\uFFFD'));
  assert.throws(() => folder.statAt({}, '\uFFFD'), { payload: 'no-entry' });
  assert.throws(() => folder.createDirectoryAt('x'.repeat(256)), { payload: 'name-too-long' });
  assert.throws(() => folder.createDirectoryAt('a\0b'), { payload: 'illegal-byte-sequence' });
  assert.throws(() => folder.symlinkAt('a\0b', 'link'), { payload: 'illegal-byte-sequence' });
  for (const path of ['.', './', 'sub/..']) {
    assert.throws(() => folder.removeDirectoryAt(path), { payload: 'invalid' }, path);
    assert.throws(() => folder.renameAt(path, folder, 'elsewhere'), WitError, path);
    assert.throws(() => folder.unlinkFileAt(path), WitError, path);
  }
  assert.equal(existsSync(join(host, 'greeting')), true);
});

test("what Node's permissions deny is an error of the file system", async (t) => {
  const { host } = await granted(t, false);
  const script = `
    const { attempt } = await import(${JSON.stringify(import.meta.resolve('./fs-error.ts'))});
    const { symlinkSync } = await import('node:fs');
    try { attempt(() => symlinkSync('a', ${JSON.stringify(join(host, 'link'))})); } catch ({ payload }) { console.log(payload); }
  `;
  const allowed = ['--permission', '--allow-fs-read=*', `--allow-fs-write=${host}`, '--no-warnings'];
  const said = execFileSync(process.execPath, [...allowed, '--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  assert.equal(said, 'access\n');
});

/** How many files this process has open. */
function openFiles(): number {
  return readdirSync('/dev/fd').length;
}
