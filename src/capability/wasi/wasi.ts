import type { Capability } from '../capability.ts';
import { interfaceName } from '../interface-name.ts';
import { cli } from './cli.ts';
import { clocks } from './clocks.ts';
import { filesystem } from './filesystem.ts';
import { http } from './http.ts';
import type { Interfaces } from './interfaces.ts';
import { io } from './io.ts';
import { random } from './random.ts';
import { sockets } from './sockets.ts';

const interfaces = new Map<string, Interfaces[keyof Interfaces]>(
  Object.entries({ ...cli, ...clocks, ...filesystem, ...http, ...io, ...random, ...sockets }),
);

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
    if (!RELEASE.test(version) || !interfaces.has(path)) return undefined;
    return { suspends: path === 'wasi:io/poll' ? ['poll', '[method]pollable.block'] : [] };
  },

  async bind(importName, host) {
    const bindInterface = interfaces.get(interfaceName(importName).path);
    if (bindInterface === undefined) throw new TypeError(`${importName} is not an interface of WASI 0.2`);
    return bindInterface(host);
  },
};
