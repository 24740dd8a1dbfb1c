import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory in the layout that npm expects. Removed at disposal. */
export interface ShippedTree extends Disposable {
  readonly directory: string;
}

interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly devDependencies?: unknown;
}

/**
 * The project without development-only packages. NOTE: npm's own --omit=dev also omits packages
 * that both use, such as js-yaml (our tests and the Kubernetes client).
 */
export function shippedTree(): ShippedTree {
  const directory = mkdtempSync(join(tmpdir(), 'vigia-shipped-'));
  const { devDependencies: _, ...manifest } = readJson<LockedPackage>('package.json');
  const lock = readJson<LockFile>('package-lock.json');
  const { '': root, ...others } = lock.packages;
  const { devDependencies: __, ...shippedRoot } = root ?? {};
  const shipped = Object.entries(others).filter(([, { dev, devOptional }]) => !dev && !devOptional);
  const packages = { '': shippedRoot, ...Object.fromEntries(shipped) };
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(directory, 'package-lock.json'), JSON.stringify({ ...lock, packages }));
  copyFileSync('.npmrc', join(directory, '.npmrc'));
  return { directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
