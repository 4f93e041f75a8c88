import { z } from 'zod';
import { readRegularText } from '../regular-file.ts';

/** The error for a text that is not an address. It quotes none of the text, which may contain a password. */
export interface NoAddress {
  readonly wrong: string;
}

/** Addresses of one cluster in a connection's schema: a text, or several. Each may be a list, as from an environment variable; `read` splits it. */
export function addressList<Address>(
  read: (list: string) => readonly (Address | NoAddress)[],
  description: string,
): z.ZodType<readonly Address[], string | string[]> {
  return z
    .union([z.string(), z.array(z.string()).min(1)])
    .describe(description)
    .transform((given, context): readonly Address[] => {
      const lists = typeof given === 'string' ? [given] : given;
      return lists.flatMap((list, at) =>
        read(list).flatMap((address): readonly Address[] => {
          if (!isNone(address)) return [address];
          context.addIssue({ code: 'custom', message: address.wrong, path: typeof given === 'string' ? [] : [at] });
          return [];
        }),
      );
    });
}

function isNone(address: unknown): address is NoAddress {
  return typeof address === 'object' && address !== null && 'wrong' in address;
}

const text = z.string().min(1);

/** Keys of the table `tls` of a connection. `cert` and `key` go together: refine the table with `certHasKey`. */
export const tlsKeys = {
  ca: text.optional().describe('Path or PEM of the authorities to trust. Default: those of Node.'),
  cert: text.optional().describe('Path or PEM of a client certificate.'),
  key: text.optional().describe("Path or PEM of the client certificate's private key."),
};

export interface TlsKeys {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export function certHasKey({ cert, key }: TlsKeys): boolean {
  return (cert === undefined) === (key === undefined);
}

/** The same with the content of files instead of their paths, as Node wants it. Throws if a file can't be read. */
export function tlsContents({ ca, cert, key }: TlsKeys): { ca?: string; cert?: string; key?: string } {
  return {
    ...(ca === undefined ? {} : { ca: contentOf(ca) }),
    ...(cert === undefined ? {} : { cert: contentOf(cert) }),
    ...(key === undefined ? {} : { key: contentOf(key) }),
  };
}

function contentOf(pathOrPem: string): string {
  return pathOrPem.includes('-----BEGIN') ? pathOrPem : readRegularText(pathOrPem);
}
