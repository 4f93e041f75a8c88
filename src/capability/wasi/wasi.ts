import { type Capability, interfaceName, type Interfaces } from '../capability.ts';
import { packages } from './packages.ts';

const packageOf = new Map<string, string>();
for (const [name, { interfaces }] of Object.entries(packages)) {
  for (const each of interfaces) packageOf.set(`${name}/${each}`, name);
}

/** Of 0.2 every release holds what the one before it did: a guest that was built for an older or newer one finds its functions. */
const RELEASE = /^0\.2\.\d+$/;

/**
 * WASI 0.2. Standard output and error become log records; clocks, randomness and waiting are free; environment and files are there as far
 * as they are granted; the network is denied.
 */
export const wasi: Capability = {
  name: 'wasi',

  provides(importName) {
    const { path, version } = interfaceName(importName);
    if (!packageOf.has(path) || !RELEASE.test(version)) return undefined;
    return { suspends: path === 'wasi:io/poll' ? ['poll', '[method]pollable.block'] : [] };
  },

  async bind(importName, host) {
    const { path } = interfaceName(importName);
    const bindInterface = (await loaded(packageOf.get(path)))?.[path];
    if (bindInterface === undefined) throw new TypeError(`${importName} is not an interface of WASI 0.2`);
    return bindInterface(host);
  },
};

const loading = new Map<string, Promise<Interfaces>>();

/** Asking the module loader each time would cost more than the instance. */
function loaded(name = ''): Promise<Interfaces> | undefined {
  const known = loading.get(name) ?? packages[name]?.load();
  if (known !== undefined) loading.set(name, known);
  return known;
}
