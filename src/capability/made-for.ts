import type { GuestHost } from './capability.ts';
import type { HostResource } from './host-resource.ts';

/** A class that guests construct: what they make belongs to their host, and is an instance of the class itself. */
export function madeFor(host: GuestHost, resource: new (host: GuestHost, ...args: never[]) => HostResource): object {
  return new Proxy(resource, {
    construct: (target, args: unknown[]) => Reflect.construct(target, [host, ...args], target),
  });
}
