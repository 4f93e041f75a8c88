/** An import as components name it, in its parts: `wasi:io/poll@0.2.6`. */
export interface InterfaceName {
  /** `wasi:io/poll`. */
  readonly path: string;
  /** `0.2.6`; empty when there is none. */
  readonly version: string;
}

export function interfaceName(importName: string): InterfaceName {
  const [path = '', version = ''] = importName.split('@', 2);
  return { path, version };
}
