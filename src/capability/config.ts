import type { Capability } from './capability.ts';
import { interfaceName } from './interface-name.ts';

/** They differ in nothing but their name. */
const versions = new Set(['0.2.0-draft', '0.2.0-rc.1', '0.2.0-draft-2024-09-27']);

/** In UTF-16 code units; nothing longer is looked for. */
const LONGEST_KEY = 4096;

/** `wasi:config/store`: the component's `config` table. A component without one finds it empty. */
export const config: Capability = {
  name: 'config',

  provides(importName) {
    const { path, version } = interfaceName(importName);
    return path === 'wasi:config/store' && versions.has(version) ? { suspends: [] } : undefined;
  },

  bind: async (_importName, { grants }) => ({
    // V8 would make a name of its own of any text that it looks for.
    get: (key: string) =>
      key.length <= LONGEST_KEY && Object.hasOwn(grants.config, key) ? grants.config[key] : undefined,
    getAll: () => Object.entries(grants.config),
  }),
};
