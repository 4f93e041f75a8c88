import type { GuestHost } from './capability.ts';

/** How many resources of one kind an instance may hold, unless the kind says less. */
const MOST_OF_A_KIND = 1024;

type Open = Map<string, Set<HostResource>>;
const openOf = new WeakMap<GuestHost, Open>();

/**
 * A resource that the host lends to one instance. A guest that never drops its resources must not fill the host's memory, so the number of
 * each kind is bounded. Resources that are still open when the instance is discarded are released then.
 */
export abstract class HostResource implements Disposable {
  readonly host: GuestHost;
  readonly #kind: Set<HostResource>;

  /** Throws TooManyResources. Resources that share one limit have the same `kind`; default: the class. */
  constructor(host: GuestHost, most: number = MOST_OF_A_KIND, kind: string = new.target.name) {
    this.host = host;
    this.#kind = kindOf(openBy(host), kind);
    if (this.#kind.size >= most) throw new TooManyResources(kind, most);
    this.#kind.add(this);
  }

  /** Releases what the resource stands for: a file, a timer. */
  protected release(): void {}

  /** Called by jco's generated code when the guest drops its handle. */
  [Symbol.dispose](): void {
    if (this.#kind.delete(this)) this.release();
  }
}

/** The guest holds more resources than an instance may. The call traps, and the next instance starts with none. */
export class TooManyResources extends Error {
  override readonly name = 'TooManyResources';

  constructor(kind: string, most: number) {
    super(`more than ${most} resources of kind ${kind} are open: the component must drop what it no longer uses`);
  }
}

function openBy(host: GuestHost): Open {
  const known = openOf.get(host);
  if (known !== undefined) return known;
  const open: Open = new Map();
  openOf.set(host, open);
  host.atDiscard(() => {
    for (const kind of open.values()) for (const resource of kind) resource[Symbol.dispose]();
  });
  return open;
}

function kindOf(open: Open, kind: string): Set<HostResource> {
  let resources = open.get(kind);
  if (resources === undefined) open.set(kind, (resources = new Set()));
  return resources;
}

/** The class of resources that Sluice never creates: a guest can import it, and nothing more. */
export abstract class NeverMade extends HostResource {}

/** The class as guests construct it: each object belongs to the guest's host, and is an instance of the class itself. */
export function madeFor(host: GuestHost, resource: new (host: GuestHost, ...args: never[]) => HostResource): object {
  return new Proxy(resource, {
    construct: (target, args: unknown[]) => Reflect.construct(target, [host, ...args], target),
  });
}
