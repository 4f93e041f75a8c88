import { LONGEST_NAME, shortened } from '../bounded-text.ts';
import { type Capability, interfaceName, WitError } from './capability.ts';

/** The two of wasi differ only in name: the interface was first called `runtime`. */
const versions = new Map([
  ['wasi:config/store', new Set(['0.2.0-draft', '0.2.0-rc.1', '0.2.0-draft-2024-09-27'])],
  ['wasi:config/runtime', new Set(['0.2.0-draft'])],
  ['fermyon:spin/variables', new Set(['2.0.0'])],
  ['fermyon:spin/config', new Set([''])],
]);

/** In UTF-16 code units. A longer name is not looked up. */
const LONGEST_KEY = 4096;

/** `wasi:config`, and Spin's variables: the component's `config` table. A component without one finds it empty. */
export const config: Capability = {
  name: 'config',

  provides(importName) {
    const { path, version } = interfaceName(importName);
    return versions.get(path)?.has(version) ? { suspends: [] } : undefined;
  },

  async bind(importName, { grants }) {
    const get = (key: string): string | undefined =>
      // V8 would keep a copy of every text that is used as a property name.
      key.length <= LONGEST_KEY && Object.hasOwn(grants.config, key) ? grants.config[key] : undefined;
    switch (interfaceName(importName).path) {
      case 'fermyon:spin/variables':
        return { get: (name: string) => get(name) ?? unknown('undefined', name) };
      case 'fermyon:spin/config':
        return { getConfig: (key: string) => get(key) ?? unknown('invalid-key', key) };
      default:
        return { get, getAll: () => Object.entries(grants.config) };
    }
  },
};

function unknown(tag: 'undefined' | 'invalid-key', name: string): never {
  const val = `the component's config table has no key '${shortened(name, LONGEST_NAME)}'`;
  throw new WitError({ tag, val });
}
