import { reasonOf } from '../errors.ts';

/** Why a component was refused, in one line. The transpiler throws objects that carry the text as a payload, with its causes below it, indented. */
export function transpileReason(thrown: unknown): string {
  const text = thrown instanceof Error && 'payload' in thrown ? String(thrown.payload) : reasonOf(thrown);
  return text
    .replace(/\s+/g, ' ')
    .replace(/ ?Caused by: ?/g, ': ')
    .trim();
}
