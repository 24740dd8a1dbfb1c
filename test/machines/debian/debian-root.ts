import { execFile } from 'node:child_process';
import { chmod, copyFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  cacheDir,
  fingerprint,
  kernels,
  newest,
  packagesOf,
  unpackOnce,
} from '../kernels/kernels.ts';

const run = promisify(execFile);

const SUITES = 'trixie,trixie-security';
const ARCH = 'amd64';

/** In every guest: systemd, a shell, and the libraries of Node and bpftool. */
const BASE = [
  ...['base-files', 'base-passwd', 'bash', 'coreutils', 'dash', 'diffutils', 'findutils', 'grep'],
  ...['sed', 'util-linux', 'mount', 'kmod', 'procps', 'iproute2', 'systemd', 'busybox-static'],
  ...['libelf1t64', 'libstdc++6'],
  // kmod opens it to read the symbols of compressed modules, which contain their dependencies.
  'liblzma5',
];

/** Unused terminals, D-Bus services, and units that are already done or useless here. */
const MASKED = [
  ...['getty.target', 'serial-getty@.service', 'systemd-logind.service'],
  ...['ldconfig.service', 'systemd-journal-catalog-update.service'],
];

/** Increase it when the changes to the packages' files change: cached trees are then rebuilt. */
const FORM = 2;

/**
 * A Debian with systemd and its kernel, as a directory in the cache: packages with all
 * dependencies, unpacked. The maintainer scripts do not run; this function makes their changes. The
 * files are shared: copy them, do not change them.
 */
export async function debianRoot(more: readonly string[] = []): Promise<string> {
  const { image } = kernels.find(({ name }) => name === '6.12') ?? { image: '' };
  const kernel = await newest(SUITES, ARCH, image);
  const packages = await packagesOf(SUITES, ARCH, [...BASE, ...more]);
  const source = { suites: SUITES, arch: ARCH, packages: [...packages, kernel] } as const;
  const kind = fingerprint([String(FORM), SUITES, ARCH], source.packages);
  const dir = join(cacheDir(), 'guest', `root-${kind}`);
  await unpackOnce(dir, source, keepRoot);
  return dir;
}

async function keepRoot(from: string, to: string): Promise<void> {
  await settle(from);
  await run('cp', ['-a', `${from}/.`, to]);
}

async function settle(root: string): Promise<void> {
  const at = (path: string) => join(root, path);
  await chmod(root, 0o755);
  for (const name of ['passwd', 'group'])
    await copyFile(at(`usr/share/base-passwd/${name}.master`), at(`etc/${name}`));
  await writeFile(at('etc/hostname'), 'guest\n');
  await writeFile(at('etc/hosts'), '127.0.0.1 localhost guest\n');
  await writeFile(at('etc/machine-id'), `${'0123456789abcdef'.repeat(2)}\n`);
  for (const unit of MASKED) await symlink('/dev/null', at(`etc/systemd/system/${unit}`));
  await symlink(
    '/usr/lib/systemd/system/multi-user.target',
    at('etc/systemd/system/default.target'),
  );
  await run('ldconfig', ['-r', root]);
  for (const version of await readdir(at('usr/lib/modules')))
    await run('chroot', [root, '/usr/sbin/depmod', version]);
}
