import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const aptSuite = fileURLToPath(new URL('../../tools/apt-suite.sh', import.meta.url));

export type Arch = 'amd64' | 'arm64';

/** A kernel of the matrix, by the rule that finds its newest package. */
export interface Kernel {
  readonly name: string;
  readonly arch: Arch;
  readonly suites: string;
  /** Extended regular expression of the package that holds vmlinuz. */
  readonly image: string;
  /** A kernel that moves is reported, and fails nothing. */
  readonly isRequired: boolean;
}

/** A kernel as it lies in the cache. */
export interface KernelFiles {
  readonly version: string;
  readonly vmlinuz: string;
  /** The modules the scenario needs, as the package has them: `.ko` or `.ko.xz`. */
  readonly modules: readonly string[];
}

function stable(name: string, arch: Arch, suite: string, release: string): Kernel {
  const image = `linux-image-${release}-cloud-${arch}`;
  return { name, arch, suites: `${suite},${suite}-security`, image, isRequired: true };
}

export const kernels: readonly Kernel[] = [
  stable('5.10', 'amd64', 'bullseye', '5\\.10\\.0-[0-9]+'),
  stable('6.1', 'amd64', 'bookworm', '6\\.1\\.0-[0-9]+'),
  stable('6.12', 'amd64', 'trixie', '6\\.12\\.[0-9.]+\\+deb13[.0-9+]*'),
  stable('6.12 arm64', 'arm64', 'trixie', '6\\.12\\.[0-9.]+\\+deb13[.0-9+]*'),
  {
    name: 'newest',
    arch: 'amd64',
    suites: 'sid',
    image: 'linux-binary-[7-9]\\.[^-]+-cloud-amd64',
    isRequired: false,
  },
];

/** Where downloads outlive the checkout; the same rule as tools/apt-suite.sh. */
export function cacheDir(): string {
  const { VIGIA_CACHE, XDG_CACHE_HOME } = process.env;
  return VIGIA_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'vigia');
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Unpacks packages below `dir`, whole or not at all: a directory that exists is complete. */
export async function unpackOnce(
  dir: string,
  source: { suites: string; arch: Arch; packages: readonly string[] },
  keep: (from: string, to: string) => Promise<void>,
): Promise<void> {
  if (await exists(dir)) return;
  await mkdir(join(dir, '..'), { recursive: true });
  const scratch = await mkdtemp(`${dir}.`);
  try {
    const unpacked = join(scratch, 'unpacked');
    const kept = join(scratch, 'kept');
    await mkdir(kept);
    await run(aptSuite, [source.suites, source.arch, 'fetch', unpacked, ...source.packages]);
    await keep(unpacked, kept);
    await rename(kept, dir);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The newest package whose name matches, as NAME=VERSION. */
export async function newest(suites: string, arch: Arch, name: string): Promise<string> {
  const { stdout } = await run(aptSuite, [suites, arch, 'newest', name]);
  return stdout.trim();
}

async function find(dir: string, wanted: RegExp): Promise<string> {
  for (const entry of await readdir(dir, { recursive: true })) {
    if (wanted.test(entry)) return join(dir, entry);
  }
  throw new Error(`no file like ${wanted} in ${dir}`);
}

async function keepKernel(from: string, to: string): Promise<void> {
  await cp(await find(from, /(^|\/)vmlinuz(-[^/]*)?$/), join(to, 'vmlinuz'));
  const veth = await find(from, /\/veth\.ko(\.xz)?$/);
  await cp(veth, join(to, basename(veth)));
}

/** Downloads the newest package of a kernel unless the cache has that version. */
export async function fetchKernel(kernel: Kernel): Promise<KernelFiles> {
  const { suites, arch } = kernel;
  const image = await newest(suites, arch, kernel.image);
  // From 7.x on the modules have a package of their own.
  const modules = image.startsWith('linux-binary-') ? [image.replace('binary', 'modules')] : [];
  const dir = join(cacheDir(), 'vm', image.replaceAll(/[=:]/g, '_'));
  await unpackOnce(dir, { suites, arch, packages: [image, ...modules] }, keepKernel);
  const version = image.slice(image.indexOf('=') + 1);
  return { version, vmlinuz: join(dir, 'vmlinuz'), modules: [await find(dir, /^veth\.ko/)] };
}
