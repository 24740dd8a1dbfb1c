import type { Stats } from 'node:fs';
import { lstat, readlink, realpath } from 'node:fs/promises';
import { escaped } from '../../core/text/safe-text.ts';

/** Another user could redirect the path, so nothing was read or written there. */
export class PathError extends Error {
  override readonly name = 'PathError';
  readonly trouble: string;
  readonly remedy: string;

  constructor(trouble: string, remedy: string) {
    super(`${trouble}; ${remedy}`);
    this.trouble = trouble;
    this.remedy = remedy;
  }
}

/** How a caller uses a path. */
export interface PathUse {
  /** The advice in the error: how to choose another path. */
  readonly remedy: string;
  /** Whether the directory itself may be like /tmp: world-writable, with the sticky bit. */
  readonly mayBeShared?: (directory: string) => Promise<boolean>;
  /**
   * Whether the first missing part may be in such a directory. The caller creates it with
   * {@link makeMissing}, which fails if another user is faster.
   */
  readonly mayBeginIn?: (directory: string) => Promise<boolean>;
}

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/**
 * Throws PathError unless only root and the caller control where a path leads: no part is a
 * symbolic link, belongs to another user, or can be replaced by another user. Parts may be missing.
 */
export async function requireSafePath(path: string, use: PathUse): Promise<void> {
  const parts = partsOf(path);
  let parent: Part | undefined;
  for (const at of parts) {
    const part = await partAt(at);
    if (part === undefined) return await requireCreatable(path, parent, use);
    await requireOwn(path, part, use);
    const isLast = at === parts.at(-1);
    if (isShared(part.stats) && isLast && !(await use.mayBeShared?.(at)))
      throw refusal(path, `other users can write to ${shown(part)}`, part, use);
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

async function partAt(path: string): Promise<Part | undefined> {
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
    throw new PathError(`${escaped(path)}: ${shown(part)} is not a directory`, use.remedy);
  if (stats.uid !== 0 && stats.uid !== process.geteuid?.())
    throw refusal(path, `user ${stats.uid} owns ${shown(part)}`, part, use);
  if ((stats.mode & WRITABLE_BY_OTHERS) !== 0 && !isShared(stats))
    throw refusal(path, `other users can write to ${shown(part)}`, part, use);
}

/** World-writable with the sticky bit: only the owner of a name can remove or rename it. */
function isShared({ mode }: Stats): boolean {
  return (mode & WRITABLE_BY_OTHERS) !== 0 && (mode & STICKY) !== 0;
}

/** In a shared directory, another user can create the missing name first, also as a link. */
async function requireCreatable(
  path: string,
  parent: Part | undefined,
  use: PathUse,
): Promise<void> {
  if (parent === undefined || !isShared(parent.stats)) return;
  if (await use.mayBeginIn?.(parent.path)) return;
  throw refusal(path, `other users can write to ${shown(parent)}`, parent, use);
}

function refusal(path: string, what: string, { path: at, stats }: Part, use: PathUse): PathError {
  const mode = (stats.mode & 0o7777).toString(8);
  return new PathError(
    `${escaped(path)}: ${what} (mode ${mode}), and could redirect the path`,
    `make root its owner and only writer (chown root ${escaped(at)}; chmod go-w ${escaped(at)}), ` +
      `or ${use.remedy}`,
  );
}

async function linkRefusal(path: string, part: Part, { remedy }: PathUse): Promise<PathError> {
  const target = escaped(await readlink(part.path).catch(() => '?'));
  const direct = await realpath(path).catch(() => undefined);
  return new PathError(
    `${escaped(path)}: ${shown(part)} is a symbolic link of user ${part.stats.uid} to ${target}, ` +
      'and links are not followed',
    `remove it${direct === undefined ? '' : `, use ${escaped(direct)} if you mean its target`}, ` +
      `or ${remedy}`,
  );
}

function shown({ path }: Part): string {
  return escaped(path);
}
