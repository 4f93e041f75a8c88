import { lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, parse, relative, sep } from 'node:path';
import { isWithin, type Mount, mountOf } from './mounts.ts';

const MOST_LINKS = 40;

/** A place in a file system, independent of where that is mounted. */
interface Spot {
  readonly device: string;
  readonly path: string;
}

/**
 * The place where a path leads. It shows whether two paths lead to the same place through links, bind mounts or another spelling. The path need not
 * exist yet. Hard links are not detected.
 */
export class Place {
  /** Without links, as far as it exists. */
  readonly path: string;
  /** Links that were followed: replacing one of them changes where the path leads. */
  readonly links: readonly Place[];
  /** Types of the file systems on it: `proc`, `ext4`. */
  readonly types: ReadonlySet<string>;
  readonly #spots: readonly Spot[];
  /** Device and inode of it and of the folders above it; its own first, `undefined` when it does not exist. */
  readonly #identities: readonly (string | undefined)[];

  /** `path` is absolute. */
  static of(path: string, all: readonly Mount[]): Place {
    const { real, links } = followed(path);
    return new Place(
      spelt(real),
      links.map((link) => new Place(link, [], all)),
      all,
    );
  }

  private constructor(path: string, links: readonly Place[], all: readonly Mount[]) {
    this.path = path;
    this.links = links;
    const own = mountOf(path, all);
    const below = all.filter(({ point }) => point !== path && isWithin(point, path));
    this.types = new Set([...(own === undefined ? [] : [own]), ...below].map(({ type }) => type));
    this.#spots = [
      { device: own?.device ?? '', path: own === undefined ? path : join(own.root, relative(own.point, path)) },
      ...below.map(({ device, root }) => ({ device, path: root })),
    ];
    this.#identities = identities(path);
  }

  /** Whether the other is this one, or in it, or its path leads through here. */
  holds(other: Place): boolean {
    const [own] = this.#identities;
    return (
      this.#spots.some((spot) =>
        other.#spots.some((its) => spot.device === its.device && isWithin(its.path, spot.path)),
      ) ||
      (own !== undefined && other.#identities.includes(own)) ||
      other.links.some((link) => this.holds(link))
    );
  }

  /** Whether it is the same folder. */
  is(other: Place): boolean {
    const [own] = this.#identities;
    return own === undefined ? this.path === other.path : own === other.#identities[0];
  }
}

/** Follows all links of a path, also those at its end. */
function followed(path: string): { readonly real: string; readonly links: readonly string[] } {
  const links: string[] = [];
  const { root } = parse(path);
  let at = root;
  // The next part is the last of the list.
  const parts = path.slice(root.length).split(sep).toReversed();
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (part === '' || part === '.') continue;
    const next = join(at, part);
    const target = part === '..' ? undefined : targetOf(next);
    if (target === undefined || links.length === MOST_LINKS) {
      at = next;
      continue;
    }
    links.push(next);
    const { root: targetRoot } = parse(target);
    if (targetRoot !== '') at = targetRoot;
    parts.push(...target.slice(targetRoot.length).split(sep).toReversed());
  }
  return { real: at, links };
}

/** The target of a link; `undefined` if it is not a link or can't be read. */
function targetOf(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    return undefined;
  }
}

/** The file system's own spelling: it may ignore case. */
function spelt(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return dirname(path) === path ? path : join(spelt(dirname(path)), path.slice(dirname(path).length));
  }
}

function identities(path: string): readonly (string | undefined)[] {
  const all: (string | undefined)[] = [];
  for (let at = path; ; at = dirname(at)) {
    all.push(identityOf(at));
    if (dirname(at) === at) return all;
  }
}

function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
