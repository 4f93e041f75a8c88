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
        replicas: z.int().min(1).max(5).prefault(1).describe('Servers that keep a copy.'),
        storage: z.enum(['file', 'memory']).prefault('file').describe('How they keep it.'),
        max_bytes: size({ min: '1KiB' }).optional().describe('Size limit of the bucket. Default: no limit.'),
      })
      .optional()
      .describe('Create the bucket if it does not exist.'),
  })
  .transform(({ bucket, create }) => ({ bucket, create }));

export type StoreOptions = z.output<typeof storeOptions>;
