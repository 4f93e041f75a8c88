import type { z } from 'zod';
import { isTable } from '../toml/toml-table.ts';

const wanted: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  tuple: 'an array',
  object: 'a table',
  record: 'a table',
  date: 'a date',
  url: 'a URL',
};

/** The text of a schema's errors: what was wanted, and what came. It follows the path of the key. */
export const issueWording: z.core.$ZodErrorMap = (issue) => {
  const got = `got ${display(issue.input)}`;
  switch (issue.code) {
    case 'invalid_type': {
      const form = wanted[issue.expected] ?? issue.expected;
      return issue.input === undefined ? `is required: ${form}` : `must be ${form}, ${got}`;
    }
    case 'invalid_value':
      return `must be ${orList(issue.values.map((value) => display(value)))}, ${got}`;
    case 'too_small':
      return issue.origin === 'string' && issue.minimum === 1
        ? 'must not be empty'
        : `must ${amount(issue.origin, 'at least', issue.minimum)}, ${measure(issue.origin, issue.input)}`;
    case 'too_big':
      return `must ${amount(issue.origin, 'at most', issue.maximum)}, ${measure(issue.origin, issue.input)}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}, ${got}`;
    case 'invalid_format':
      return `must be ${wanted[issue.format] ?? `of the form ${issue.pattern ?? issue.format}`}, ${got}`;
    case 'invalid_union':
      return unionWording(issue.errors, got);
    case 'unrecognized_keys':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return undefined;
  }
};

/** A value as a message shows it. */
export function display(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Date) return 'a date';
  if (isTable(value)) return 'a table';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** `a`, `a or b`, `a, b or c`. */
export function orList(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} or ${items.at(-1)}`;
}

function amount(origin: string, bound: string, limit: number | bigint): string {
  if (origin === 'string') return `have ${bound} ${limit} characters`;
  if (origin === 'array' || origin === 'set') return `have ${bound} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  return `be ${bound} ${limit}`;
}

function measure(origin: string, input: unknown): string {
  const counted = origin === 'array' || origin === 'string' ? Object(input).length : undefined;
  return `got ${counted ?? display(input)}`;
}

/** The forms of a union in one sentence, if each branch says what it wanted. */
function unionWording(branches: readonly (readonly { readonly message: string }[])[], got: string): string {
  const forms = branches.map(([first]) => /^must be (.*), got /s.exec(first?.message ?? '')?.[1]);
  return forms.every((form) => form !== undefined) && forms.length > 0
    ? `must be ${orList(forms)}, ${got}`
    : `matches none of the allowed forms, ${got}`;
}
