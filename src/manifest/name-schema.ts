import { z } from 'zod';

/** Names that the manifest gives: of components, connections, outputs, triggers. They end up in paths, metrics and commands. */
export const nameSchema = z.string().regex(/^[A-Za-z0-9][\w-]{0,62}$/, {
  error: ({ input }) =>
    `must be a name of at most 63 letters, digits, "-" and "_", and begin with a letter or digit, got ${JSON.stringify(input)}`,
});
