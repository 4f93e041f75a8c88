import { z } from 'zod';
import type { Adapter } from '../../trigger/adapter.ts';
import { tablesAt, type TomlTable } from '../../manifest/toml/toml-table.ts';

/**
 * Stand-ins for adapters from packages and files whose code must not run. Only the keys that all adapters share are checked in their tables. A
 * stand-in opens nothing.
 */
export function standInAdapters(types: readonly string[], document: TomlTable): readonly Adapter[] {
  const connected = new Set(tablesAt(document, 'connection').map(([, { type }]) => type));
  return types.map((type) => ({
    type,
    summary: 'An adapter whose code was not run.',
    ...(connected.has(type) && { connection: { schema: z.looseObject({}) } }),
    trigger: { ...part(type), takesStore: true, destination: () => type },
    output: part(type),
    store: part(type),
  }));
}

function part(type: string) {
  return {
    schema: z.looseObject({}),
    open: (): never => {
      throw new TypeError(`the adapter ${type} was not loaded`);
    },
  };
}
