/** The core instances of one component instance, as the generated code has them made. */
export class CoreInstances {
  /** Of each, in the order in which they were made. */
  readonly exports: WebAssembly.Exports[] = [];
  /** Whether one of them may call generated code: an import of the component, or what its parts need to call each other. */
  callGlue = false;
  readonly #own = new Set<unknown>();

  /** To be called for each, in the order in which they are made, with what it was given. */
  add(core: WebAssembly.Instance, imports: WebAssembly.Imports | undefined): void {
    for (const names of Object.values(imports ?? {})) {
      for (const value of Object.values(names)) if (this.#isGlue(value)) this.callGlue = true;
    }
    this.exports.push(core.exports);
    for (const value of Object.values(core.exports)) this.#own.add(value);
  }

  /** What no core instance exports, and is no memory, table or global, is a function of the generated code. */
  #isGlue(value: WebAssembly.ImportValue): boolean {
    if (this.#own.has(value)) return false;
    const isStorage =
      value instanceof WebAssembly.Memory || value instanceof WebAssembly.Table || value instanceof WebAssembly.Global;
    return !isStorage;
  }
}
