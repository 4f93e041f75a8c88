import type { Interfaces } from '../capability.ts';

/** A package of WASI 0.2. */
interface Package {
  readonly interfaces: readonly string[];
  /** Loads their implementations on demand: a thread whose guests only read the clock should not load files and HTTP. */
  readonly load: () => Promise<Interfaces>;
}

/** The packages that Sluice provides, and their interfaces. */
export const packages: Readonly<Record<string, Package>> = {
  'wasi:cli': {
    interfaces: [
      'environment',
      'exit',
      'stdin',
      'stdout',
      'stderr',
      'terminal-input',
      'terminal-output',
      'terminal-stdin',
      'terminal-stdout',
      'terminal-stderr',
    ],
    load: async () => (await import('./cli.ts')).cli,
  },
  'wasi:clocks': {
    interfaces: ['monotonic-clock', 'wall-clock'],
    load: async () => (await import('./clocks.ts')).clocks,
  },
  'wasi:filesystem': {
    interfaces: ['preopens', 'types'],
    load: async () => (await import('./filesystem/filesystem.ts')).filesystem,
  },
  'wasi:http': {
    interfaces: ['types', 'outgoing-handler'],
    load: async () => (await import('./http/http.ts')).http,
  },
  'wasi:io': {
    interfaces: ['error', 'poll', 'streams'],
    load: async () => (await import('./streams.ts')).io,
  },
  'wasi:random': {
    interfaces: ['random', 'insecure', 'insecure-seed'],
    load: async () => (await import('./random.ts')).random,
  },
  'wasi:sockets': {
    interfaces: [
      'network',
      'instance-network',
      'ip-name-lookup',
      'tcp',
      'tcp-create-socket',
      'udp',
      'udp-create-socket',
    ],
    load: async () => (await import('./sockets.ts')).sockets,
  },
};
