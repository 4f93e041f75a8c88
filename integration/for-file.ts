import { after } from 'node:test';

const ofFile = new AsyncDisposableStack();
after(() => ofFile.disposeAsync());

/** Keeps something for all tests of the file that asks for it: after the last of them it is disposed of, the newest first. */
export async function forFile<T extends AsyncDisposable>(resource: T | Promise<T>): Promise<T> {
  return ofFile.use(await resource);
}
