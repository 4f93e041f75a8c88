import { otherError } from './store-error.ts';

/** How one version of the package writes down where the next page of keys begins. */
export interface Cursors {
  read(cursor: unknown): number;
  write(cursor: number): unknown;
}

/** `0.2.0-draft`: a u64. */
export const numbers: Cursors = {
  read: Number,
  write: BigInt,
};

/** `0.2.0-draft2`: a string. */
export const texts: Cursors = {
  read: (cursor) => {
    if (typeof cursor !== 'string' || !/^\d{1,15}$/.test(cursor))
      throw otherError('the cursor is not one of this store');
    return Number(cursor);
  },
  write: String,
};
