import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { GrantedFolder } from '../../capability/capability.ts';
import type { HostStart } from './host.ts';
import type { ProcessStart } from './process-messages.ts';

const ENTRY = fileURLToPath(new URL(`./process-entry${extname(import.meta.url)}`, import.meta.url));
/** All code that a child loads, except generated code. */
const SOURCES = join(import.meta.dirname, '..', '..');

/** Descriptors in the child, after the three that every process has: the socket, then the granted folders. */
const SOCKET_FD = 3;
const FIRST_FOLDER_FD = 4;

/** The heap of new objects: the thread that passes batches on would keep tens of megabytes of them. */
const SMALL_HEAP = '--max-semi-space-size=2';

/**
 * Starts a child process for guests: with an empty environment, no descriptors but its socket and the granted folders, and permission to open
 * nothing but code. `start` is to be sent to it first. Throws when no process can be started, for want of memory or descriptors.
 */
export function spawnChild(start: HostStart): {
  readonly child: ChildProcess;
  readonly socket: Duplex;
  readonly start: ProcessStart;
} {
  const folders = Object.entries(start.grants.files);
  const child = spawn(process.execPath, [SMALL_HEAP, ...permissions(start), ENTRY], {
    // Node lets a thread with permissions read its working directory, whatever these say (seen in 26.10).
    cwd: import.meta.dirname,
    env: {},
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', ...folders.map(([, { fd }]) => fd)],
  });
  return { child, socket: socketOf(child), start: portable(start, folders) };
}

/** Node's permission model: no files but code and granted folders, no network, no processes, no addons. A second wall, not the first. */
function permissions({ component, grants }: HostStart): readonly string[] {
  const glue = component.glue.startsWith('file:') ? [fileURLToPath(component.glue)] : [];
  const folders = Object.keys(grants.files).length > 0 ? ['/proc/self/fd/*'] : [];
  const writable = Object.values(grants.files).some(({ readonly }) => !readonly) ? folders : [];
  return [
    '--permission',
    '--allow-worker',
    ...[SOURCES, ...glue, ...folders].map((path) => `--allow-fs-read=${path}`),
    ...writable.map((path) => `--allow-fs-write=${path}`),
    '--no-warnings',
  ];
}

/** `HostStart` as it can be sent: with bytes in place of modules, and the folders' descriptors as the child has them. */
function portable(
  { component, grants, ...start }: HostStart,
  folders: readonly (readonly [string, GrantedFolder])[],
): ProcessStart {
  const { modules: _modules, wasm = new Map<string, Uint8Array>(), ...about } = component;
  const files = folders.map(([path, folder], n) => [path, { ...folder, fd: FIRST_FOLDER_FD + n }] as const);
  return { ...start, component: about, wasm, grants: { ...grants, files: Object.fromEntries(files) } };
}

/** Throws when there is no socket: if descriptors run out, Node makes none and reports it only later. */
function socketOf(child: ChildProcess): Duplex {
  // Absent then, whatever the type says; else it is one, since the options say `pipe`.
  const socket = (child.stdio as ChildProcess['stdio'] | undefined)?.[SOCKET_FD] as Duplex | undefined;
  if (socket !== undefined) return socket;
  child.on('error', () => {});
  throw new Error('no child process can be started: too many files are open');
}

/** What a process holds in memory; `undefined` where the system doesn't report it (only Linux does), or if the process has ended. */
export function residentBytes(pid: number): number | undefined {
  try {
    // In KiB, whatever the page size is; `statm` counts pages.
    const kib = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    return undefined;
  }
}
