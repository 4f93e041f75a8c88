import type { Component } from '../../component/component.ts';

const ENTRY = 'sluice:event/handler@0.1.0';

/**
 * A component whose generated module is the script given: for what happens to a thread beside its guest. `text` is the event's data, and
 * what the script returns is what the export returns.
 */
export function scriptedComponent(handle: string, given: Partial<Component> = {}): Component {
  const glue = `export function instantiate(_, imports) {
    return { '${ENTRY}': { handle(event) { const text = new TextDecoder().decode(event.data); ${handle} } } };
  }`;
  return {
    name: 'scripted',
    digest: '',
    bytes: 0,
    imports: [],
    stubs: {},
    exports: [ENTRY],
    contract: 'sluice:event/handler',
    entry: ENTRY,
    entries: { message: ENTRY, tick: ENTRY },
    unused: [],
    suspends: false,
    glue,
    modules: new Map(),
    memoryBytes: 65_536,
    ...given,
  };
}
