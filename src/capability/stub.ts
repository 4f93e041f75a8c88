import { generatedClass, generatedName } from '../component/glue/glue-names.ts';
import { notProvided, type StubbedFunction, type StubbedImport } from '../component/stubs.ts';
import { type GuestHost, WitError } from './capability.ts';
import { NeverMade } from './host-resource.ts';

/** A guest called an import that Sluice does not provide, and that has no error to say so. */
export class NotProvided extends Error {
  override readonly name = 'NotProvided';
}

type Failing = (...args: readonly unknown[]) => never;

/**
 * What generated code is given for an import that Sluice does not provide: each call is logged, and fails with the interface's own error,
 * or else as a trap that names the import. Arguments are counted by the GlueBoundary, and not looked at.
 */
export function stubFor(
  importName: string,
  { functions, resources }: StubbedImport,
  host: Pick<GuestHost, 'log'>,
): object {
  const classes = new Map(resources.map((name) => [name, class extends NeverMade {}]));
  // A component's names must not find anything of Object's.
  const stub: Record<string, unknown> = Object.create(null);
  for (const [name, made] of classes) stub[generatedClass(name)] = made;
  for (const each of functions) {
    const failing = failingWith(importName, each, host);
    const [, kind, resource = '', name = each.name] = /^\[(\w+)\]([^.]+)(?:\.(.+))?$/.exec(each.name) ?? [];
    if (kind === undefined) stub[each.name === importName ? 'default' : generatedName(name)] = failing;
    else if (kind === 'static')
      Object.defineProperty(classes.get(resource) ?? {}, generatedName(name), { value: failing });
    else if (kind === 'constructor') stub[generatedClass(resource)] = constructing(failing, classes.get(resource));
  }
  return stub;
}

function failingWith(importName: string, { denial, owned }: StubbedFunction, host: Pick<GuestHost, 'log'>): Failing {
  const text = notProvided(importName);
  return (...args) => {
    for (const n of owned) letGo(args[n]);
    host.log({ level: 'warn', context: 'sluice', text });
    throw denial === undefined ? new NotProvided(text) : new WitError(denial.payload);
  };
}

/** The class, whose constructor fails: what a guest makes would have no methods. */
function constructing(failing: Failing, made: typeof NeverMade = NeverMade): object {
  return new Proxy(made, { construct: (_, args: unknown[]) => failing(...args) });
}

function letGo(resource: unknown): void {
  if (typeof resource === 'object' && resource !== null && Symbol.dispose in resource) {
    // Generated code gives it away: nobody else has it.
    (resource as Disposable)[Symbol.dispose]();
  }
}
