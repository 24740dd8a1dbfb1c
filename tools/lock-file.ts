import { readFileSync } from 'node:fs';

/** An npm package whose code may be in the bundle. */
export interface ShippedPackage {
  /** Its directory, from the root of the checkout. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** An SPDX expression; '' where the package has none. */
  readonly license: string;
}

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

/**
 * All packages that are not for development only, by name. May contain more than the bundle, never
 * less.
 */
export function shippedPackages(lockFile: string): ShippedPackage[] {
  const { packages } = JSON.parse(readFileSync(lockFile, 'utf8')) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  };
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
    .map(([path, { version = '', license = '' }]) => ({
      path,
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      license,
    }))
    .sort((a, b) => compare(`${a.name}@${a.version}`, `${b.name}@${b.version}`));
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
