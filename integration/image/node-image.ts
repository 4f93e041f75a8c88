import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type ContainerRuntimeClient, ImageName } from 'testcontainers';
import { defaultNodeImage } from './dockerfile.ts';

const run = promisify(execFile);

/** What the Dockerfile's RUN lines need beside Node and npm. */
const PROGRAMS = ['/bin/sh', '/usr/bin/env', '/bin/ln', '/bin/mkdir', '/bin/chown', '/bin/chmod', '/bin/rm'];
/** Libraries of glibc that programs load by themselves. */
const LOADED_LATER = /^lib(?:rt|resolv|util|nss_dns|nss_files)\.so\.\d+$/;

/** The Dockerfile's own choice where it is there or can be pulled; else an image made of this machine's Node, npm and libraries. */
export async function nodeImage(client: ContainerRuntimeClient): Promise<string> {
  const image = ImageName.fromString(defaultNodeImage());
  try {
    await client.image.pull(image);
    return image.string;
  } catch {
    const local = ImageName.fromString(`sluice-test-node:${process.versions.node}`);
    if (!(await client.image.exists(local))) await makeNodeImage(client, local.string);
    return local.string;
  }
}

async function makeNodeImage(client: ContainerRuntimeClient, name: string): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), 'sluice-node-image-'));
  try {
    const files = join(context, 'files');
    await mkdir(join(files, 'tmp'), { recursive: true, mode: 0o777 });
    await mkdir(join(files, 'etc'));
    await writeFile(join(files, 'etc', 'passwd'), 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n');
    await writeFile(join(files, 'etc', 'group'), 'root:x:0:\nnode:x:1000:\n');
    const programs = [process.execPath, ...PROGRAMS];
    for (const path of [...PROGRAMS, ...(await librariesOf(programs))]) await copyTo(files, path, path);
    await copyTo(files, process.execPath, '/usr/local/bin/node');
    await copyTo(files, await npmFolder(), '/usr/local/lib/node_modules/npm');
    await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(files, 'usr/local/bin/npm'));
    const certificates = process.env['NODE_EXTRA_CA_CERTS'];
    if (certificates !== undefined) await copyTo(files, certificates, '/etc/extra-certificates.pem');
    const trust = certificates === undefined ? '' : ' NODE_EXTRA_CA_CERTS=/etc/extra-certificates.pem';
    const instructions = ['FROM scratch', 'COPY files /', `ENV PATH=/usr/local/bin:/usr/bin:/bin${trust}`];
    await writeFile(join(context, 'Dockerfile'), instructions.join('\n'));
    await client.image.build(context, { t: name, dockerfile: 'Dockerfile' });
  } finally {
    await rm(context, { recursive: true });
  }
}

/** Shared libraries of programs, and those that the C library loads on demand. */
async function librariesOf(programs: readonly string[]): Promise<string[]> {
  const { stdout } = await run('ldd', [...programs]);
  const linked = Array.from(stdout.matchAll(/(?:=> |^\s)(\/\S+) \(0x/gm), ([, path = '']) => path);
  const c = linked.find((path) => path.endsWith('/libc.so.6'));
  if (c === undefined) throw new Error(`no C library among ${linked.join(', ')}`);
  const later = (await readdir(dirname(c))).filter((name) => LOADED_LATER.test(name));
  return [...new Set([...linked, ...later.map((name) => join(dirname(c), name))])];
}

/** The npm that runs these tests, or the first one on the PATH. */
async function npmFolder(): Promise<string> {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'npm'));
  const cli = process.env['npm_execpath'] ?? onPath.find((path) => existsSync(path));
  if (cli === undefined) throw new Error('there is no npm on the PATH');
  return dirname(dirname(await realpath(cli)));
}

async function copyTo(files: string, from: string, to: string): Promise<void> {
  await cp(await realpath(from), join(files, to), { recursive: true });
}
