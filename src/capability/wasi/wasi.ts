import { type Capability, type CapabilityService, interfaceName, type Interfaces, NotGranted } from '../capability.ts';
import { packages } from './packages.ts';

const packageOf = new Map<string, string>();
for (const [name, { interfaces }] of Object.entries(packages)) {
  for (const each of interfaces) packageOf.set(`${name}/${each}`, name);
}

/** Of 0.2 every release holds what the one before it did: a guest that was built for an older or newer one finds its functions. */
const RELEASE = /^0\.2\.\d+$/;

/**
 * WASI 0.2. Standard output and error become log records; clocks, randomness and waiting are free; environment, files and HTTP requests are
 * there as far as they are granted; the rest of the network is denied.
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

  /** HTTP requests: what sends them is loaded when the first is made. */
  serve(context) {
    let loading: Promise<CapabilityService> | undefined;
    return async (method, args, caller) => {
      if (context.grants.http.length === 0) throw new NotGranted('allow.http names no origin');
      loading ??= import('../http-client/http-service.ts').then(({ httpService }) => httpService(context));
      return (await loading)(method, args, caller);
    };
  },
};

/** Functions that may suspend; those of streams do in components that send HTTP requests. See `providesFor`. */
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

/** Asking the module loader each time would cost more than the instance. */
function loaded(name = ''): Promise<Interfaces> | undefined {
  const known = loading.get(name) ?? packages[name]?.load();
  if (known !== undefined) loading.set(name, known);
  return known;
}
