import { registerHooks } from 'node:module';

/** The index of zod's translations: 50 files. Sluice words what is wrong itself. */
const TRANSLATIONS = /\/node_modules\/zod\/v4\/locales\/index\.js$/;

/** Loads zod without its translations, which are a third of its files. Not for a process that runs adapters of others: they may use them. */
export async function loadSchemaLibrary(): Promise<void> {
  const hooks = registerHooks({
    load: (url, context, next) =>
      TRANSLATIONS.test(url) ? { format: 'module', source: 'export {};', shortCircuit: true } : next(url, context),
  });
  try {
    await import('zod');
  } finally {
    hooks.deregister();
  }
}
