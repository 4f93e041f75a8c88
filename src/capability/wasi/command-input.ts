import type { Header } from '../../event.ts';
import type { GuestHost } from '../capability.ts';
import type { ByteSource } from './streams.ts';

/** What one run of a command is given, beside its grants. */
export interface CommandInput {
  readonly stdin: Uint8Array;
  readonly env: readonly Header[];
}

/** Of the run that is under way, and how much of its standard input was read: an instance may be reset and run again. */
const inputs = new WeakMap<GuestHost, { readonly input: CommandInput; read: number }>();

/** The instance behind that host runs a command from now on. Its contract says so, before it calls the guest. */
export function giveCommand(host: GuestHost, input: CommandInput): void {
  inputs.set(host, { input, read: 0 });
}

/** Environment variables of the instance: what is said of the event counts before what was granted. */
export function environmentOf(host: GuestHost): readonly Header[] {
  const given = inputs.get(host)?.input.env ?? [];
  const names = new Set(given.map(([name]) => name));
  return [...Object.entries(host.grants.env).filter(([name]) => !names.has(name)), ...given];
}

/** Standard input. Nothing, for a component that is no command. All handles read on where another stopped. */
export function standardInput(host: GuestHost): ByteSource {
  return {
    read(most) {
      const given = inputs.get(host);
      const bytes = given?.input.stdin.subarray(given.read, given.read + most);
      if (given === undefined || bytes === undefined || bytes.length === 0) return undefined;
      given.read += bytes.length;
      return bytes;
    },
  };
}
