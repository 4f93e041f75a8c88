import { WitError } from '../wit-error.ts';

/** `error` of wasi:keyvalue/store. */
export type StoreError =
  | { readonly tag: 'no-such-store' }
  | { readonly tag: 'access-denied' }
  | { readonly tag: 'other'; readonly val: string };

/** Whether there is a store of that name is not told to who may not have it. */
export function accessDenied(): WitError<StoreError> {
  return new WitError({ tag: 'access-denied' });
}

export function otherError(reason: string): WitError<StoreError> {
  return new WitError({ tag: 'other', val: reason });
}
