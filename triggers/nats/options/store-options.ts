import { size } from '#trigger';
import { z } from 'zod';

/** Keys of a store on a key-value bucket. */
export const storeOptions = z
  .strictObject({
    bucket: z
      .string()
      .regex(/^[-\w]+$/, 'must be letters, digits, - and _')
      .describe('The key-value bucket.'),
    create: z
      .strictObject({
        replicas: z.int().min(1).max(5).prefault(1).describe('Servers that keep it.'),
        storage: z.enum(['file', 'memory']).prefault('file').describe('Where they keep it.'),
        max_bytes: size({ min: '1KiB' }).optional().describe('More than this is refused. Default: no limit.'),
      })
      .optional()
      .describe('Makes the bucket when it does not exist.'),
  })
  .transform(({ bucket, create }) => ({ bucket, create }));

export type StoreOptions = z.output<typeof storeOptions>;
