/** An import as components name it, in its parts: `wasi:io/poll@0.2.6`. */
export interface InterfaceName {
  /** `wasi:io/poll`. */
  readonly path: string;
  /** `0.2.6`; empty when there is none. */
  readonly version: string;
}

export function interfaceName(importName: string): InterfaceName {
  const at = importName.indexOf('@');
  if (at < 0) return { path: importName, version: '' };
  return { path: importName.slice(0, at), version: importName.slice(at + 1) };
}
