import { type Capability, type GuestLogLevel, interfaceName } from './capability.ts';

/** `wasi:logging/logging`: the component's log records, at their own levels. Needs no grant. */
export const logging: Capability = {
  name: 'logging',

  provides(importName) {
    const { path, version } = interfaceName(importName);
    return path === 'wasi:logging/logging' && (version === '' || version === '0.1.0-draft')
      ? { suspends: [] }
      : undefined;
  },

  bind: async (_importName, host) => ({
    log: (level: GuestLogLevel, context: string, text: string) => host.log({ level, context, text }),
  }),
};
