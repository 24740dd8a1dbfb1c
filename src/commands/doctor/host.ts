import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { hasCapability } from '../../kernel/load/capabilities.ts';
import type { ConfigOf } from '../command-settings.ts';

type Config = ConfigOf<'doctor'>;

export interface Mount {
  readonly mountPoint: string;
  readonly type: string;
}

/** The host under examination: the real one, or in tests a tree of files. */
export class Host {
  readonly config: Config;
  readonly #root: string;

  constructor(config: Config, root = '/') {
    this.config = config;
    this.#root = root;
  }

  /** False in tests. */
  get isReal(): boolean {
    return this.#root === '/';
  }

  /** Translates a path of the host. */
  at(path: string): string {
    return join(this.#root, path);
  }

  exists(path: string): boolean {
    return existsSync(this.at(path));
  }

  isReadable(path: string): boolean {
    try {
      accessSync(this.at(path), constants.R_OK);
      return true;
    } catch {
      return false;
    }
  }

  /** The content, trimmed; undefined if it cannot be read. */
  read(path: string): string | undefined {
    try {
      return readFileSync(this.at(path), 'utf8').trim();
    } catch {
      return undefined;
    }
  }

  /** The target of a link; undefined if there is no link. */
  link(path: string): string | undefined {
    try {
      return readlinkSync(this.at(path));
    } catch {
      return undefined;
    }
  }

  directories(path: string): string[] {
    try {
      return readdirSync(this.at(path), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name);
    } catch {
      return [];
    }
  }

  /** Whether a cgroup is the root of the whole hierarchy: only that one has no `cgroup.type`. */
  isRootCgroup(path: string): boolean {
    return !this.exists(join(path, 'cgroup.type'));
  }

  mounts(): Mount[] {
    return (this.read('/proc/self/mounts') ?? '').split('\n').flatMap((line) => {
      const [, mountPoint, type] = line.split(' ');
      return mountPoint && type ? { mountPoint: unescapeOctal(mountPoint), type } : [];
    });
  }

  /** The mount that a path is on: the nearest one above it. */
  mountOf(path: string): Mount | undefined {
    return this.mounts()
      .filter(({ mountPoint }) => path === mountPoint || isBelow(path, mountPoint))
      .toSorted((a, b) => a.mountPoint.length - b.mountPoint.length)
      .at(-1);
  }

  get kernelRelease(): string | undefined {
    return this.read('/proc/sys/kernel/osrelease');
  }

  /** False for an unknown kernel version. */
  isOlderThan(major: number, minor: number): boolean {
    const version = /^(\d+)\.(\d+)/.exec(this.kernelRelease ?? '');
    if (!version) return false;
    const [isMajor, isMinor] = [Number(version[1]), Number(version[2])];
    return isMajor < major || (isMajor === major && isMinor < minor);
  }

  /** Effective user ID of this process. */
  get uid(): number {
    return Number(/^Uid:\s+\d+\s+(\d+)/m.exec(this.read('/proc/self/status') ?? '')?.[1] ?? -1);
  }

  hasCapability(bit: number): boolean {
    return hasCapability(this.read('/proc/self/status') ?? '', bit);
  }

  /** Whether the programs are loaded. */
  get isLoaded(): boolean {
    return this.exists(join(this.config.bpffs, 'current', 'tables'));
  }
}

function isBelow(path: string, directory: string): boolean {
  return path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}

/** Spaces are octal escapes there: proc_pid_mounts(5). */
function unescapeOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
