import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The repository, which is also what the image is built from. */
export const root = join(import.meta.dirname, '..', '..');
const text = readFileSync(join(root, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ');

/** The command of an instruction, which must be in exec form: with a shell between, no signal would reach Sluice. */
export function execForm(instruction: 'ENTRYPOINT' | 'CMD' | 'HEALTHCHECK'): string[] {
  const line = text.split('\n').find((candidate) => candidate.startsWith(instruction));
  const array = line === undefined ? undefined : /\[.*\]/.exec(line)?.[0];
  if (array === undefined) throw new TypeError(`the Dockerfile has no ${instruction} in exec form`);
  return JSON.parse(array) as string[]; // exec form is an array of strings
}

/** The image with Node that the Dockerfile builds upon. */
export function defaultNodeImage(): string {
  const image = /^ARG NODE_IMAGE=(.*)$/m.exec(text)?.[1];
  if (image === undefined) throw new TypeError('the Dockerfile has no NODE_IMAGE');
  return image;
}
