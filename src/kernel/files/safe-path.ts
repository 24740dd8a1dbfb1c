import type { Stats } from 'node:fs';
import { lstat, readlink, realpath } from 'node:fs/promises';
import { escaped } from '../../core/text/safe-text.ts';

/** Another user decides where a path leads, so nothing was read or written there. */
export class PathError extends Error {
  override readonly name = 'PathError';
  readonly trouble: string;
  /** What a person can do. */
  readonly remedy: string;

  constructor(trouble: string, remedy: string) {
    super(`${trouble}; ${remedy}`);
    this.trouble = trouble;
    this.remedy = remedy;
  }
}

/** What a caller does with a path, as far as its safety depends on it. */
export interface PathUse {
  /** What a person can do: name another path, and by which flag. */
  readonly remedy: string;
  /** Whether the directory itself may be one like /tmp, for all to make and remove their own names. */
  readonly mayBeShared?: (directory: string) => Promise<boolean>;
  /**
   * Whether the path may begin to be missing in such a directory. The caller makes what is missing
   * by {@link makeMissing}, which fails where another user was faster.
   */
  readonly mayBeginIn?: (directory: string) => Promise<boolean>;
}

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/**
 * Throws PathError unless root and the caller alone decide where a path leads: no part of it is a
 * symbolic link, belongs to another user, or can be replaced by one. What is missing is fine.
 */
export async function requireSafePath(path: string, use: PathUse): Promise<void> {
  const parts = partsOf(path);
  let parent: Part | undefined;
  for (const at of parts) {
    const part = await lookAt(at);
    if (part === undefined) return await requirePlaceFor(path, parent, use);
    await requireOwn(path, part, use);
    const isLast = at === parts.at(-1);
    if (isShared(part.stats) && isLast && !(await use.mayBeShared?.(at)))
      throw refusal(path, `others may write to ${shown(part)}`, part, use);
    parent = part;
  }
}

/** "/a/b" is "/", "/a" and "/a/b". */
export function partsOf(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '');
  return ['/', ...names.map((_, i) => `/${names.slice(0, i + 1).join('/')}`)];
}

interface Part {
  readonly path: string;
  readonly stats: Stats;
}

async function lookAt(path: string): Promise<Part | undefined> {
  try {
    return { path, stats: await lstat(path) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function requireOwn(path: string, part: Part, use: PathUse): Promise<void> {
  const { stats } = part;
  if (stats.isSymbolicLink()) throw await linkRefusal(path, part, use);
  if (!stats.isDirectory())
    throw new PathError(`${escaped(path)}: ${shown(part)} is no directory`, use.remedy);
  if (stats.uid !== 0 && stats.uid !== process.geteuid?.())
    throw refusal(path, `user ${stats.uid} owns ${shown(part)}`, part, use);
  if ((stats.mode & WRITABLE_BY_OTHERS) !== 0 && !isShared(stats))
    throw refusal(path, `others may write to ${shown(part)}`, part, use);
}

/** Where nobody removes or renames what is another's. */
function isShared({ mode }: Stats): boolean {
  return (mode & WRITABLE_BY_OTHERS) !== 0 && (mode & STICKY) !== 0;
}

/** In a directory for everyone, another user may make the missing name first, and as a link. */
async function requirePlaceFor(
  path: string,
  parent: Part | undefined,
  use: PathUse,
): Promise<void> {
  if (parent === undefined || !isShared(parent.stats)) return;
  if (await use.mayBeginIn?.(parent.path)) return;
  throw refusal(path, `others may write to ${shown(parent)}`, parent, use);
}

function refusal(path: string, what: string, { path: at, stats }: Part, use: PathUse): PathError {
  const mode = (stats.mode & 0o7777).toString(8);
  return new PathError(
    `${escaped(path)}: ${what} (mode ${mode}), and could lead it elsewhere`,
    `give ${escaped(at)} to root and let nobody else write there (chown root, chmod go-w), ` +
      `or ${use.remedy}`,
  );
}

async function linkRefusal(path: string, part: Part, { remedy }: PathUse): Promise<PathError> {
  const target = escaped(await readlink(part.path).catch(() => '?'));
  const direct = await realpath(path).catch(() => undefined);
  return new PathError(
    `${escaped(path)}: ${shown(part)} is a symbolic link of user ${part.stats.uid} to ${target}, ` +
      'and no link is followed',
    `remove it${direct === undefined ? '' : `, write ${escaped(direct)} where that is meant`}, ` +
      `or ${remedy}`,
  );
}

function shown({ path }: Part): string {
  return escaped(path);
}
