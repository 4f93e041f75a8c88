import { registerHooks } from 'node:module';

let imported = 0;

/**
 * Imports a component's generated module from its text. So exactly the text whose digest was checked runs. The cache is not read again, where a file
 * may have been changed or deleted meanwhile.
 */
export async function importGlue(text: string): Promise<unknown> {
  imported += 1;
  const url = `sluice-glue:${imported}`;
  const hooks = registerHooks({
    resolve: (wanted, context, next) =>
      wanted === url ? { url, format: 'module', shortCircuit: true } : next(wanted, context),
    load: (wanted, context, next) =>
      wanted === url ? { format: 'module', source: text, shortCircuit: true } : next(wanted, context),
  });
  try {
    return await import(url);
  } finally {
    hooks.deregister();
  }
}
