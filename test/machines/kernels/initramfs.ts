import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ROOT } from '../../../lab/process/checkout.ts';
import { cpio, type Entry } from './cpio.ts';
import { type Arch, cacheDir, fingerprint, newest, unpackOnce } from './kernels.ts';

const run = promisify(execFile);
const guestDir = fileURLToPath(new URL('guest/', import.meta.url));
/** Shared with other tests: miner emulators, and many senders at once. */
const SHARED = [
  'trials/mining/emulators/fpu.c',
  'trials/mining/emulators/memory.c',
  'lab/programs/barrage.c',
].map((source) => join(ROOT, source));

/** The guest's programs are Debian's, from the same suites on both architectures. */
const SUITES = 'trixie,trixie-security';
const PACKAGES = [
  ...['busybox-static', 'libc6', 'libcap2', 'libelf1t64', 'libzstd1', 'zlib1g'],
  ...['iptables', 'libip4tc2', 'libip6tc2', 'libxtables12'],
  ...['ipvsadm', 'libnl-3-200', 'libnl-genl-3-200', 'libpopt0'],
];
const PROGRAMS = [/bin\/(busybox|bpftool|xtables-legacy-multi|ipvsadm)$/];
const LIBRARIES = [
  /\/lib(c|cap|elf|ip[46]tc|m|nl-3|nl-genl-3|popt|xtables|z|zstd)\.so\.\d+$/,
  /\/ld-linux-[^/]*\.so\.\d+$/,
  /\/xtables\/lib[^/]*\.so$/,
];

interface Toolchain {
  readonly compiler: string;
  /** The kernel's path of the program interpreter. */
  readonly interpreter: string;
}

const TOOLCHAINS: Record<Arch, Toolchain> = {
  amd64: { compiler: 'x86_64-linux-gnu-gcc', interpreter: 'lib64' },
  arm64: { compiler: 'aarch64-linux-gnu-gcc', interpreter: 'lib' },
};

async function keepUserland(from: string, to: string): Promise<void> {
  await mkdir(join(to, 'bin'));
  await mkdir(join(to, 'lib'));
  for (const entry of await readdir(from, { recursive: true })) {
    const dir = PROGRAMS.some((wanted) => wanted.test(entry)) ? 'bin' : 'lib';
    if (dir === 'lib' && !LIBRARIES.some((wanted) => wanted.test(entry))) continue;
    await cp(join(from, entry), join(to, dir, basename(entry)), { dereference: true });
  }
}

/** busybox, bpftool and its libraries, unpacked in the cache. */
async function userland(arch: Arch): Promise<Entry[]> {
  const bpftool = await newest(SUITES, arch, 'bpftool');
  const kind = fingerprint(PACKAGES, PROGRAMS.map(String), LIBRARIES.map(String));
  const name = `userland-${arch}-${bpftool.replaceAll(/[=:]/g, '_')}-${kind}`;
  const dir = join(cacheDir(), 'vm', name);
  const source = { suites: SUITES, arch, packages: [bpftool, ...PACKAGES] };
  await unpackOnce(dir, source, keepUserland);
  const programs = await executables(join(dir, 'bin'), 'bin');
  const libraries = await executables(join(dir, 'lib'), 'lib');
  const loader = libraries.filter(({ path }) => path.includes('/ld-linux'));
  const { interpreter } = TOOLCHAINS[arch];
  const moved = loader.map((entry) => ({
    ...entry,
    path: `${interpreter}/${basename(entry.path)}`,
  }));
  return [...programs, ...libraries.filter((entry) => !loader.includes(entry)), ...moved];
}

async function executables(from: string, to: string): Promise<Entry[]> {
  const names = await readdir(from);
  return Promise.all(
    names.map(async (name) => ({
      path: `${to}/${name}`,
      bytes: await readFile(join(from, name)),
      mode: 0o755,
    })),
  );
}

/**
 * Compiles guest/*.c and the shared sources into static programs, because the guest lacks most
 * libraries.
 */
async function helpers(arch: Arch): Promise<Entry[]> {
  const own = (await readdir(guestDir)).filter((name) => name.endsWith('.c'));
  const sources = [...own.map((name) => join(guestDir, name)), ...SHARED];
  const dir = join(cacheDir(), 'vm', `helpers-${arch}`);
  await mkdir(dir, { recursive: true });
  for (const source of sources) {
    const program = join(dir, basename(source, '.c'));
    const flags = ['-O2', '-static', '-pthread', '-s', '-o', program];
    await run(TOOLCHAINS[arch].compiler, [...flags, source]);
  }
  return executables(dir, 'bin');
}

async function scripts(): Promise<Entry[]> {
  const names = { 'init.sh': 'init', 'network.sh': 'network.sh', 'services.sh': 'services.sh' };
  const read = Object.entries(names).map(async ([from, path]) => ({
    path,
    bytes: await readFile(join(guestDir, from)),
    mode: 0o755,
  }));
  return [
    ...(await Promise.all(read)),
    { path: 'bin/sh', target: 'busybox' },
    ...['proc', 'sys', 'dev'].map((path) => ({
      path: `${path}/.keep`,
      bytes: new Uint8Array(),
      mode: 0o644,
    })),
  ];
}

const bases = new Map<Arch, Promise<Entry[]>>();

/** The parts that are equal in all runs, created once for each architecture. */
function base(arch: Arch): Promise<Entry[]> {
  const made = bases.get(arch) ?? makeBase(arch);
  bases.set(arch, made);
  return made;
}

async function makeBase(arch: Arch): Promise<Entry[]> {
  return [...(await scripts()), ...(await userland(arch)), ...(await helpers(arch))];
}

/** The initramfs of one run. Uncompressed, because unpacking it in the emulator would take longer. */
export async function initramfs(arch: Arch, files: readonly Entry[]): Promise<Buffer> {
  return cpio([...(await base(arch)), ...files]);
}
