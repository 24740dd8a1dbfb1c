import { join } from 'node:path';
import { type Version, versionName } from './pins.ts';

/** Paths of one version. */
export interface VersionPaths {
  readonly root: string;
  readonly maps: string;
  readonly programs: string;
  readonly tables: string;
  readonly control: string;
  /** Exists only during a hand-over. */
  readonly barrier: string;
  /** A link with the list of pins as target. */
  readonly inventory: string;
  readonly program: (capture: string, program: string) => string;
}

export function pathsOf(bpffs: string, version: Version): VersionPaths {
  const root = join(bpffs, versionName(version));
  return {
    root,
    maps: join(root, 'maps'),
    programs: join(root, 'programs'),
    tables: join(root, 'tables'),
    control: join(root, 'maps', 'control'),
    barrier: join(root, 'barrier'),
    inventory: join(root, 'inventory'),
    program: (capture, program) => join(root, 'programs', capture, program),
  };
}
