import type { App } from '../../manifest/app.ts';
import type { ManifestProblem } from '../../manifest/manifest-error.ts';
import { formatPath, type TomlPath } from '../../manifest/toml/toml-table.ts';
import { mounts } from './mounts.ts';
import { Place } from './place.ts';
import { SYSTEM_TYPES, type Trusted, trustedBy } from './trusted.ts';

interface Grant {
  readonly component: string;
  readonly path: TomlPath;
  readonly host: string;
  readonly readonly: boolean;
  readonly place: Place;
}

interface TrustedPlace extends Trusted {
  readonly place: Place;
}

/**
 * Granted folders through which a component could leave its bounds, as SLU1209:
 *
 * - A folder that contains, lies in, or is on the way to something that Sluice trusts. Code may be read, secrets may not.
 * - A folder inside another, if a guest can write there: it could replace the inner folder by a link, which the next start would follow. Several
 *   components may share one and the same folder.
 */
export function overlaps(app: App): readonly ManifestProblem[] {
  const grants = grantsOf(app);
  if (grants.length === 0) return [];
  const all = mounts();
  const placed = grants.map((grant) => ({ ...grant, place: Place.of(grant.host, all) }));
  const trusted = trustedBy(app).map((each) => ({ ...each, place: Place.of(each.path, all) }));
  return placed.flatMap((grant, index) => {
    const message = withTrusted(grant, trusted) ?? withGrants(grant, placed.slice(0, index));
    if (message === undefined) return [];
    return [
      app.manifest.problem('SLU1209', grant.path, `${formatPath(grant.path)}: ${message}`, {
        fix: 'grant a folder with only the files that the component needs, such as "data/NAME:rw"',
      }),
    ];
  });
}

function grantsOf({ components }: App): readonly Omit<Grant, 'place'>[] {
  return [...components.values()].flatMap(({ name, allow }) =>
    Object.entries(allow.files).map(([guest, { host, readonly }]) => ({
      component: name,
      path: ['component', name, 'allow', 'files', guest],
      host,
      readonly,
    })),
  );
}

function withTrusted({ place, readonly, host }: Grant, trusted: readonly TrustedPlace[]): string | undefined {
  const type = SYSTEM_TYPES.find((each) => place.types.has(each));
  if (type !== undefined) return `the folder ${host} shows a file system of the kernel (${type})`;
  const met = trusted.find(
    (each) =>
      (each.kind === 'secret' || !readonly) && (place.holds(each.place) || (each.within && each.place.holds(place))),
  );
  if (met === undefined) return undefined;
  const relation = place.holds(met.place) ? 'holds' : 'lies in';
  return `the folder ${host} ${relation} ${met.what} (${met.path}), which a component must not ${met.kind === 'secret' ? 'reach' : 'change'}`;
}

function withGrants(grant: Grant, others: readonly Grant[]): string | undefined {
  const other = others.find((each) => areEntangled(grant, each));
  return other && `the folder ${grant.host} overlaps with ${formatPath(other.path)}, and one of them is writable`;
}

function areEntangled(one: Grant, other: Grant): boolean {
  const [oneHolds, otherHolds] = [one.place.holds(other.place), other.place.holds(one.place)];
  if (one.component === other.component) return (oneHolds || otherHolds) && !(one.readonly && other.readonly);
  // One folder that several components share has no inner one that could be replaced.
  if (one.place.is(other.place) && one.place.links.length + other.place.links.length === 0) return false;
  return (oneHolds && !one.readonly) || (otherHolds && !other.readonly);
}
