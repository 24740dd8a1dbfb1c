import { join } from 'node:path';
import { type Version, versionName } from './pins.ts';

/** Where one version keeps its things. */
export interface Places {
  readonly root: string;
  readonly maps: string;
  readonly programs: string;
  readonly tables: string;
  readonly control: string;
  /** Only while a load hands over. */
  readonly barrier: string;
  /** A link whose text lists what a load has pinned. */
  readonly inventory: string;
  readonly program: (capture: string, program: string) => string;
}

export function placesOf(bpffs: string, version: Version): Places {
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
