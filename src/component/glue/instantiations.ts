/**
 * How often the generated code instantiates each of the core modules `names`. A component may contain another one twice, and then each of its
 * memories exists twice. Throws if the code differs from that of jco-transpile 0.15, since an uncounted memory would be unlimited.
 */
export function instantiationsIn(glue: string, names: readonly string[]): Record<string, number> {
  const counts = new Map(names.map((name) => [name, 0]));
  const nameOf = new Map<string | undefined, string>();
  for (const [, variable, name] of glue.matchAll(/^ *const (module\d+) = getCoreModule\('([^']+)'\);$/gm)) {
    if (name !== undefined) nameOf.set(variable, name);
  }
  let calls = 0;
  for (const [, variable] of glue.matchAll(
    /^ *\(\{ exports: exports\d+ \} = yield instantiateCore\(yield (module\d+)\b/gm,
  )) {
    const name = nameOf.get(variable);
    const count = name === undefined ? undefined : counts.get(name);
    if (name === undefined || count === undefined) throw new Error(`the generated code has no core module ${variable}`);
    counts.set(name, count + 1);
    calls++;
  }
  if (glue.split('instantiateCore(').length - 1 !== calls) {
    throw new Error('the generated code instantiates core modules in a way that is not known');
  }
  return Object.fromEntries(counts);
}
