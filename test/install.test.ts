import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { outsideMake, ROOT } from '../lab/process/checkout.ts';

const run = promisify(execFile);
const env = outsideMake();

const UNITS = 'usr/local/lib/systemd/system';
const SETTINGS = 'etc/default/vigia';
/** In tenths of 10. The remainder is the network, and V8's writable executable memory. */
const MOST_EXPOSURE = '15';

let root: string;

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vigia-install-'));
  await make('install');
});

afterAll(async () => {
  await rm(root, { recursive: true });
});

async function make(target: string, ...more: readonly string[]): Promise<string> {
  const options = { cwd: ROOT, env };
  return (await run('make', [target, `DESTDIR=${root}`, ...more], options)).stdout;
}

test('a build installs everything the checkout’s launcher needs, including bpftool', async () => {
  const options = { cwd: ROOT, env };
  const { stdout } = await run('make', ['--dry-run', '--always-make', 'build'], options);
  expect(stdout).toContain('tools/setup/setup.sh run');
  const { stdout: version } = await run(join(ROOT, 'build/tools/bpftool'), ['version'], {
    env: {},
  });
  expect(version).toContain('bpftool');
});

test('the installation runs on its own Node and bpftool', async () => {
  const { stdout } = await run(join(root, 'usr/local/bin/vigia'), ['version'], { env: {} });
  expect(stdout).toContain(process.version);
  const bpftool = join(root, 'usr/local/lib/vigia/bin/bpftool');
  expect((await run(bpftool, ['version'])).stdout).toContain('bpftool');
});

test('systemd accepts the units without a warning', async () => {
  // systemd's own units do not exist below this root.
  const args = ['verify', `--root=${root}`, '--recursive-errors=no'];
  const units = (await readdir(join(root, UNITS))).map((unit) => `/${UNITS}/${unit}`);
  expect(units).toHaveLength(3);
  const { stderr } = await run('systemd-analyze', [...args, ...units], { env });
  expect(stderr).toBe('');
});

test('the daemon’s sandbox leaves little exposure', async () => {
  const unit = join(root, UNITS, 'vigia.service');
  const args = ['security', '--offline=true', `--threshold=${MOST_EXPOSURE}`, '--no-pager', unit];
  await run('systemd-analyze', args, { env });
});

test('with another prefix, the units are in systemd’s directory and start the installed files', async () => {
  await make('install', 'PREFIX=/opt/vigia');
  const units = join(root, 'etc/systemd/system');
  for (const unit of await readdir(units)) {
    const text = await readFile(join(units, unit), 'utf8');
    expect(text).toMatch(/^ExecStart=\/opt\/vigia\/bin\/vigia /m);
  }
  await make('uninstall', 'PREFIX=/opt/vigia');
  expect(await readdir(join(root, 'etc')).catch(() => [])).not.toContain('systemd');
  await make('install'); // the settings of both versions
});

test.each(['relative', '/with space', '/with|bar'])('the prefix %j is refused', async (prefix) => {
  await expect(make('install', `PREFIX=${prefix}`)).rejects.toThrow(`PREFIX=${prefix}`);
});

test('edited settings are kept; unedited ones follow the new version', async () => {
  const settings = join(root, SETTINGS);
  const shipped = await readFile(join(ROOT, 'deploy/systemd/vigia.default'), 'utf8');
  const older = `# an older version\n${shipped}`;
  await writeFile(settings, older);
  await cp(settings, join(root, 'usr/local/lib/vigia/vigia.default'));
  await make('install');
  expect(await readFile(settings, 'utf8')).toBe(shipped);

  await appendFile(settings, 'VIGIA_INTERVAL=10s\n');
  expect(await make('install')).toContain(`kept ${settings}`);
  expect(await make('uninstall')).toContain(`kept ${settings}`);
  expect(await readdir(root, { recursive: true })).toEqual(['etc', 'etc/default', SETTINGS]);
  await writeFile(settings, shipped);
  await make('install');
});

test('an uninstall removes everything that it installed', async () => {
  await mkdir(join(root, 'usr/local/bin'), { recursive: true });
  await writeFile(join(root, 'usr/local/bin/other'), '');
  await make('uninstall');
  expect(await readdir(root, { recursive: true })).toEqual([
    'usr',
    'usr/local',
    'usr/local/bin',
    'usr/local/bin/other',
  ]);
  await expect(make('uninstall')).rejects.toThrow('no Vigia is installed');
});
