import { type Capability, type CapabilityService, interfaceName, type Interfaces, NotGranted } from '../capability.ts';
import { packages } from './packages.ts';

const packageOf = new Map<string, string>();
for (const [name, { interfaces }] of Object.entries(packages)) {
  for (const each of interfaces) packageOf.set(`${name}/${each}`, name);
}

/** Every release of 0.2 keeps the functions of the one before it, so a guest built for an older or newer one finds its functions. */
const RELEASE = /^0\.2\.\d+$/;

/**
 * WASI 0.2. Standard output and error become log records. Clocks, randomness and waiting need no grant; environment, files and HTTP requests do. The
 * rest of the network is denied.
 */
export const wasi: Capability = {
  name: 'wasi',
  waitsOutside: true,

  provides(importName) {
    const { path, version } = interfaceName(importName);
    if (!packageOf.has(path) || !RELEASE.test(version)) return undefined;
    return { suspends: suspends[path] ?? [] };
  },

  async bind(importName, host) {
    const { path } = interfaceName(importName);
    const bindInterface = (await loaded(packageOf.get(path)))?.[path];
    if (bindInterface === undefined) throw new TypeError(`${importName} is not an interface of WASI 0.2`);
    return bindInterface(host);
  },

  /** Sends HTTP requests; its code is loaded at the first one. */
  serve(context) {
    let loading: Promise<CapabilityService> | undefined;
    return async (method, args, caller) => {
      if (context.grants.http.length === 0) throw new NotGranted('allow.http names no origin');
      loading ??= import('../http-client/http-service.ts').then(({ httpService }) => httpService(context));
      return (await loading)(method, args, caller);
    };
  },
};

/** Functions that may suspend. Those of streams suspend in components that send HTTP requests: see `providesFor`. */
const suspends: Readonly<Record<string, readonly string[]>> = {
  'wasi:io/poll': ['poll', '[method]pollable.block'],
  'wasi:io/streams': [
    '[method]input-stream.blocking-read',
    '[method]input-stream.blocking-skip',
    '[method]output-stream.blocking-write-and-flush',
    '[method]output-stream.blocking-flush',
    '[method]output-stream.blocking-write-zeroes-and-flush',
    '[method]output-stream.blocking-splice',
  ],
};

const loading = new Map<string, Promise<Interfaces>>();

/** A call of the module loader costs more than an instance. */
function loaded(name = ''): Promise<Interfaces> | undefined {
  const known = loading.get(name) ?? packages[name]?.load();
  if (known !== undefined) loading.set(name, known);
  return known;
}
