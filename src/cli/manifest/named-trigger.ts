import { SluiceError } from '../../errors.ts';
import type { App, TriggerSettings } from '../../manifest/app.ts';
import { nearestName } from '../../manifest/nearest-name.ts';

/** The trigger of that name. Throws SLU1001 with the nearest name if there is none. */
export function namedTrigger(app: App, name: string): TriggerSettings {
  const found = app.triggers.find((trigger) => trigger.name === name);
  if (found !== undefined) return found;
  throw notDefined(
    'trigger',
    name,
    app.triggers.map((trigger) => trigger.name),
  );
}

/** SLU1001 for a name on the command line that the manifest does not define. */
export function notDefined(what: string, name: string, defined: readonly string[]): SluiceError {
  const nearest = nearestName(name, defined);
  return new SluiceError('SLU1001', `the manifest defines no ${what} '${name}'`, {
    fix: nearest === undefined ? `it defines ${defined.join(', ') || 'none'}` : `did you mean ${nearest}?`,
  });
}
