import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const aptSuite = fileURLToPath(new URL('../../../tools/setup/apt-suite.sh', import.meta.url));

export type Arch = 'amd64' | 'arm64';

/** A kernel of the matrix, by the pattern of its newest package. */
export interface Kernel {
  readonly name: string;
  readonly arch: Arch;
  readonly suites: string;
  /** Extended regular expression of the package that contains vmlinuz. */
  readonly image: string;
  /** A kernel that is not required is only reported. */
  readonly isRequired: boolean;
  /** Arguments of its command line. */
  readonly words?: readonly string[];
}

/** A kernel in the cache. */
export interface KernelFiles {
  readonly version: string;
  readonly vmlinuz: string;
  /** The modules for the scenario, in dependency order: `.ko` or `.ko.xz`. */
  readonly modules: readonly string[];
}

function stable(name: string, arch: Arch, suite: string, release: string): Kernel {
  const image = `linux-image-${release}-cloud-${arch}`;
  return { name, arch, suites: `${suite},${suite}-security`, image, isRequired: true };
}

export const kernels: readonly Kernel[] = [
  stable('5.10', 'amd64', 'bullseye', '5\\.10\\.0-[0-9]+'),
  stable('6.1', 'amd64', 'bookworm', '6\\.1\\.0-[0-9]+'),
  // From 7.0 on a kernel is always preemptible, fully or lazily. This one is configured to be.
  {
    ...stable('6.12', 'amd64', 'trixie', '6\\.12\\.[0-9.]+\\+deb13[.0-9+]*'),
    words: ['preempt=full'],
  },
  stable('6.12 arm64', 'arm64', 'trixie', '6\\.12\\.[0-9.]+\\+deb13[.0-9+]*'),
  {
    name: 'newest',
    arch: 'amd64',
    suites: 'sid',
    image: 'linux-binary-[7-9]\\.[^-]+-cloud-amd64',
    isRequired: false,
  },
];

/** In dependency order. Some kernels have some of them built in. */
const MODULES = [
  ...['veth', 'dummy', 'libcrc32c', 'nf_defrag_ipv4', 'nf_defrag_ipv6', 'nf_conntrack', 'nf_nat'],
  ...['x_tables', 'ip_tables', 'iptable_nat', 'ip6_tables', 'ip6table_nat', 'xt_nat'],
  ...['xt_MASQUERADE', 'xt_comment', 'xt_mark', 'xt_statistic', 'xt_tcpudp', 'ip_vs', 'ip_vs_rr'],
];

/** A cache outside the checkout; the same rule as in tools/setup/apt-suite.sh. */
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

/** Unpacks packages below `dir`, completely or not at all: an existing directory is complete. */
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

/** Distinguishes cached data of different lists. */
export function fingerprint(...lists: readonly (readonly string[])[]): string {
  return createHash('sha256').update(JSON.stringify(lists)).digest('hex').slice(0, 8);
}

/** Packages and all their dependencies, as NAME=VERSION. */
export async function packagesOf(
  suites: string,
  arch: Arch,
  names: readonly string[],
): Promise<string[]> {
  const { stdout } = await run(aptSuite, [suites, arch, 'closure', ...names]);
  return stdout.trim().split('\n');
}

async function find(dir: string, wanted: RegExp): Promise<string> {
  for (const entry of await readdir(dir, { recursive: true })) {
    if (wanted.test(entry)) return join(dir, entry);
  }
  throw new Error(`no file like ${wanted} in ${dir}`);
}

/** The modules that exist below a directory. */
async function findModules(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true });
  return MODULES.flatMap((name) => {
    const names = [`${name}.ko`, `${name}.ko.xz`];
    const found = entries.find((entry) => names.includes(basename(entry)));
    return found === undefined ? [] : [join(dir, found)];
  });
}

async function keepKernel(from: string, to: string): Promise<void> {
  await cp(await find(from, /(^|\/)vmlinuz(-[^/]*)?$/), join(to, 'vmlinuz'));
  for (const module of await findModules(from)) await cp(module, join(to, basename(module)));
}

/** Downloads the newest package of a kernel unless that version is cached. */
export async function fetchKernel(kernel: Kernel): Promise<KernelFiles> {
  const { suites, arch } = kernel;
  const image = await newest(suites, arch, kernel.image);
  // From 7.x on, modules are in a separate package.
  const modules = image.startsWith('linux-binary-') ? [image.replace('binary', 'modules')] : [];
  const name = `${image.replaceAll(/[=:]/g, '_')}-${fingerprint(MODULES)}`;
  const dir = join(cacheDir(), 'vm', name);
  await unpackOnce(dir, { suites, arch, packages: [image, ...modules] }, keepKernel);
  const version = image.slice(image.indexOf('=') + 1);
  return { version, vmlinuz: join(dir, 'vmlinuz'), modules: await findModules(dir) };
}
