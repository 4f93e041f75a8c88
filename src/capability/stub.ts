import { generatedClass, generatedName } from '../component/glue/glue-names.ts';
import { notProvided, type StubbedFunction, type StubbedImport } from '../component/stubs.ts';
import { type GuestHost, WitError } from './capability.ts';
import { NeverMade } from './host-resource.ts';

/** A guest called an import that Sluice does not provide, and whose type has no error for it. */
export class NotProvided extends Error {
  override readonly name = 'NotProvided';
}

type Failing = (...args: readonly unknown[]) => never;

/**
 * Makes the function that stands in for an import that Sluice does not provide. Each call is logged and fails with the interface's own error, or
 * else with a trap that names the import. The GlueBoundary counts the arguments; nothing reads them.
 */
export function stubFor(
  importName: string,
  { functions, resources }: StubbedImport,
  host: Pick<GuestHost, 'log'>,
): object {
  const classes = new Map(resources.map((name) => [name, class extends NeverMade {}]));
  // Without a prototype, a component's names can't reach members of Object.
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

/** A class whose constructor fails: an object of it would have no methods. */
function constructing(failing: Failing, made: typeof NeverMade = NeverMade): object {
  return new Proxy(made, { construct: (_, args: unknown[]) => failing(...args) });
}

function letGo(resource: unknown): void {
  if (typeof resource === 'object' && resource !== null && Symbol.dispose in resource) {
    // Generated code passes ownership: no one else holds it.
    (resource as Disposable)[Symbol.dispose]();
  }
}
