import { buildHostile } from './build-hostile.ts';

// Guests that are too long to write down. Each does nothing with an event; it is what they are that must not be let in.

const repeated = (times: number, text: (n: number) => string): string =>
  Array.from({ length: times }, (_, n) => text(n)).join('\n');

/** A function with so many locals and branches, which nothing calls. */
const branching = (locals: number, branches: number): string =>
  `(func (param i32) (local ${'i64 '.repeat(locals)}) ${repeated(branches, () => '(block (br_if 0 (local.get 0)))')})`;

const idle = '(func $hostile (param $event i32) (result i32) (call $nothing))';

const texts = {
  /** Two thousand locals, and four thousand branches at each of which the compiler writes down where they are. */
  'many-branches': `${branching(2000, 4000)} ${idle}`,
  /** Ten functions, of which each one would be let in. */
  'many-branching-functions': `${repeated(10, () => branching(1000, 3900))} ${idle}`,
  'many-locals': `${branching(20_000, 1)} ${idle}`,
  'long-function': `(func ${repeated(1_100_000, () => 'nop')}) ${idle}`,
  'many-types': `${repeated(6000, (n) => `(type (func (param ${n.toString(2).replace(/0/g, 'i32 ').replace(/1/g, 'i64 ')})))`)} ${idle}`,
  'many-memories': `${repeated(9, () => '(memory 1)')} ${idle}`,
  /** A thousand parameters and five thousand branches. */
  'many-parameters': `(func (param ${'i64 '.repeat(1000)}) ${repeated(5000, () => '(block (br_if 0 (i32.const 0)))')}) ${idle}`,
  /** Five thousand blocks that give a thousand values each. */
  'wide-blocks': `(type $wide (func (result ${'i64 '.repeat(1000)})))
    (func ${repeated(5000, () => 'block (type $wide) unreachable end unreachable')}) ${idle}`,
  /** The same as calls. */
  'wide-calls': `(func $wide (result ${'i64 '.repeat(1000)}) unreachable) (func ${repeated(5000, () => 'call $wide unreachable')}) ${idle}`,
  /** Ten thousand operands below a thousand branches. */
  'high-operands': `(func ${'i32.const 0 '.repeat(10_000)} ${repeated(1000, () => 'i32.const 0 if end')} ${'drop '.repeat(10_000)}) ${idle}`,
} as const;

/** Builds the component of that name. */
export function generated(name: keyof typeof texts): () => Promise<string> {
  return () => buildHostile(name, texts[name]);
}
