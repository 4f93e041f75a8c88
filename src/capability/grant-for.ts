import { interfaceName } from './interface-name.ts';

const grants: readonly (readonly [prefix: string, key: string])[] = [
  ['wasi:cli/environment', 'allow.env'],
  ['wasi:filesystem/', 'allow.files'],
  ['wasi:http/', 'allow.http'],
  ['wasi:config/', 'config'],
  ['wasi:keyvalue/', 'allow.keyvalue'],
  ['fermyon:spin/key-value', 'allow.keyvalue'],
  ['fermyon:spin/variables', 'config'],
  ['fermyon:spin/config', 'config'],
];

/** The manifest's key, below a component, that decides what an import reaches. `undefined`: it needs none, or none is provided. */
export function grantFor(importName: string): string | undefined {
  const { path } = interfaceName(importName);
  return grants.find(([prefix]) => path.startsWith(prefix))?.[1];
}
