/** What is wrong with the name of a time zone; `undefined` when the runtime's IANA database knows it. */
export function timezoneProblem(name: string): string | undefined {
  if (isZone(name)) return undefined;
  const city = `/${name.toLowerCase()}`;
  const meant = Intl.supportedValuesOf('timeZone').find((zone) => zone.toLowerCase().endsWith(city));
  return `must be an IANA time zone such as "${meant ?? 'Europe/Berlin'}", got ${JSON.stringify(name)}`;
}

/** Offsets such as `+02:00` are no zones: they have no daylight saving, and it is easy to think that they do. */
function isZone(name: string): boolean {
  if (/^[+-]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
