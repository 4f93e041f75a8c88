/**
 * A function that a component exports by itself, outside of any interface: `handle-message`. It has neither a package nor a version, so the
 * package of the types that it uses tells whose it is: one of the imports is an interface of `typesFrom`, such as `fermyon:spin-cron/cron-types@2.0.0`.
 */
export function functionExport(
  name: string,
  typesFrom: RegExp,
): (exports: readonly string[], imports: readonly string[]) => string | undefined {
  return (exports, imports) =>
    exports.includes(name) && imports.some((each) => typesFrom.test(each)) ? name : undefined;
}
