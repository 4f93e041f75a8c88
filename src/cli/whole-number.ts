import { InvalidArgumentError } from 'commander';

/** Reads an option that counts something: a whole number of at least 1. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be a whole number of at least 1.');
}
