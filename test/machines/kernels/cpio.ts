/** A file, a directory or a link of an initramfs. */
export type Entry =
  | { readonly path: string; readonly bytes: Uint8Array; readonly mode: number }
  | { readonly path: string; readonly target: string };

const DIRECTORY = 0o040000;
const FILE = 0o100000;
const LINK = 0o120000;

function member(inode: number, path: string, mode: number, bytes: Uint8Array): Buffer {
  const name = Buffer.from(`${path}\0`);
  const fields = [inode, mode, 0, 0, 1, 0, bytes.length, 0, 0, 0, 0, name.length, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  const head = padded(Buffer.concat([Buffer.from(header), name]));
  return Buffer.concat([head, padded(bytes)]);
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes], Math.ceil(bytes.length / 4) * 4);
}

/** The directories above a path, outermost first. */
function parents(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** A cpio archive in the "newc" format that the kernel unpacks (its buffer-format.rst). */
export function cpio(entries: readonly Entry[]): Buffer {
  const directories = new Set(entries.flatMap(({ path }) => parents(path)));
  const members: Buffer[] = [];
  const add = (path: string, mode: number, bytes: Uint8Array = Buffer.alloc(0)) =>
    members.push(member(members.length + 1, path, mode, bytes));

  for (const path of directories) add(path, DIRECTORY | 0o755);
  for (const entry of entries) {
    if ('target' in entry) add(entry.path, LINK | 0o777, Buffer.from(entry.target));
    else add(entry.path, FILE | entry.mode, entry.bytes);
  }
  add('TRAILER!!!', 0);
  return Buffer.concat(members);
}
