import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Config } from '../../config/config.ts';
import { parseConfig } from '../../config/config.ts';
import { cpuBytes, readableVersion, usageBytes } from '../../kernel/tables/table-rows.fixture.ts';
import { canWork, examine } from './doctor.ts';
import { Host } from './host.ts';

const HOSTS = join(import.meta.dirname, '../../../test/fixtures/hosts');

const temporary: string[] = [];

afterEach(async () => {
  for (const directory of temporary.splice(0)) await rm(directory, { recursive: true });
});

function hostOf(name: string, config: Partial<Config> = {}): Host {
  // A path that is no bpftool, so that these tests say the same on every machine.
  const defaults = parseConfig(new Map(), {}).config;
  return new Host({ ...defaults, bpftool: '/nowhere/bpftool', ...config }, join(HOSTS, name));
}

/** `verdict message` by check. */
async function findings(host: Host): Promise<Record<string, string>> {
  const diagnoses = await examine(host);
  return Object.fromEntries(
    diagnoses.map(({ check, verdict, message, remedy }) => {
      expect(remedy === undefined).toBe(verdict === 'ok');
      expect(message).not.toContain('\n');
      return [check, `${verdict} ${message}`];
    }),
  );
}

test('a node with cgroup v2 alone has nothing to complain of but the bpftool', async () => {
  expect(await findings(hostOf('unified'))).toEqual({
    kernel: 'ok 6.1.0-28-cloud-amd64; IPv6 SYN-ACK packets may not be counted',
    btf: 'ok /sys/kernel/btf/vmlinux exists',
    lockdown: 'ok off',
    'unprivileged bpf': 'ok off',
    jit: 'ok on',
    'cgroup v2': 'ok mounted at /sys/fs/cgroup',
    containers: 'ok in cgroup v2',
    'kubelet root': 'ok found by name, among cgroups that only root could create',
    bpffs: 'ok vigia load will mount /run/vigia/bpf',
    bpftool: expect.stringMatching(
      /^fail bpftool 7\.\d or newer is required; \/nowhere\/bpftool does not exist/,
    ),
    flock: 'ok installed',
    capabilities: 'ok all that vigia load needs',
    tables: 'ok not loaded yet; vigia run loads them',
    leftovers: 'ok not checked; this needs root and bpftool',
  });
});

test('a machine that is unfit in every way is told so check by check', async () => {
  const results = await findings(hostOf('unfit'));
  expect(results).toMatchObject({
    kernel: 'fail 4.19.0-27-amd64',
    btf: 'fail no /sys/kernel/btf/vmlinux',
    lockdown: 'fail confidentiality, so BPF cannot read kernel memory',
    'cgroup v2': 'fail not mounted',
    bpffs: 'fail this kernel has no bpffs',
  });
});

test('containers that live only in cgroup v1 are a failure', async () => {
  const results = await findings(hostOf('containers-in-v1'));
  expect(results).toMatchObject({
    containers: 'fail all containers are in cgroup v1, so their figures cannot be separated',
    'cgroup v2': 'ok mounted at /sys/fs/cgroup/unified',
    'unprivileged bpf': 'warn on: any user can load BPF programs, which Vigia does not need',
    jit: 'warn off, so BPF programs are interpreted',
  });
});

test('a user without capabilities is told each that a load would miss, on 5.10 one more', async () => {
  const results = await findings(hostOf('hybrid'));
  expect(results).toMatchObject({
    kernel: 'ok 5.10.0-33-amd64; IPv6 SYN-ACK packets may not be counted',
    containers: 'ok none running',
    jit: 'ok unknown, because only root can read the setting',
    tables: 'fail not loaded',
  });
  expect(results['capabilities']).toMatch(
    /^fail vigia load lacks CAP_CHOWN \(to change the owner of the tables\)/,
  );
  expect(results['capabilities']).toContain('CAP_SYS_RESOURCE (to lock memory before Linux 5.11)');
});

test('the capabilities of an init container do where there is a bpffs', async () => {
  const root = await mkdtemp(join(tmpdir(), 'vigia-doctor-'));
  temporary.push(root);
  await cp(join(HOSTS, 'unified'), root, { recursive: true });
  // CHOWN, NET_ADMIN, PERFMON, BPF
  await writeFile(join(root, 'proc/self/status'), 'Uid:\t0\t0\nCapEff:\t000000c000001001\n');
  const { config } = parseConfig(new Map(), {});
  const at = async (bpffs: string) => {
    const host = new Host({ ...config, bpffs, bpftool: '/nowhere/bpftool' }, root);
    return (await findings(host))['capabilities'];
  };
  expect(await at('/sys/fs/bpf/vigia')).toMatch(
    /^warn vigia load works without CAP_SYS_ADMIN \(to find .*\), CAP_SETUID \(/,
  );
  expect(await at('/run/vigia/bpf')).toBe('fail vigia load lacks CAP_SYS_ADMIN (to mount a bpffs)');
});

test('what is not Linux is told so', async () => {
  expect(await findings(hostOf('nothing-there'))).toMatchObject({
    kernel: 'fail this is not Linux',
  });
});

test('an observed cgroup must be there, and in cgroup v2', async () => {
  const at = async (cgroup: string) => (await findings(hostOf('unified', { cgroup })))['cgroup v2'];
  expect(await at('/sys/fs/cgroup/kubepods.slice')).toBe(
    'ok observing /sys/fs/cgroup/kubepods.slice',
  );
  expect(await at('/sys/fs/cgroup/gone')).toMatch(/^fail \/sys\/fs\/cgroup\/gone is not a cgroup/);
  expect(await at('/sys/kernel')).toMatch(/^fail /);
});

test('a root of the kubelet that was named should be there', async () => {
  const at = async (kubeletRoot: string) =>
    (await findings(hostOf('unified', { kubeletRoot })))['kubelet root'];
  expect(await at('/kubepods.slice')).toBe('ok pods are below /kubepods.slice');
  expect(await at('/gone')).toBe('warn no cgroup /gone, so no pods are found');
});

test('a directory for the pins that is something else is a failure', async () => {
  const results = await findings(hostOf('unified', { bpffs: '/proc/sys' }));
  expect(results['bpffs']).toBe('fail /proc/sys is not a bpffs and is not empty');
  const onIt = await findings(hostOf('unified', { bpffs: '/sys/fs/bpf/vigia' }));
  expect(onIt['bpffs']).toBe('ok /sys/fs/bpf/vigia is on the bpffs at /sys/fs/bpf');
});

describe('once all is loaded', () => {
  async function loaded(reap: boolean): Promise<Host> {
    const root = await mkdtemp(join(tmpdir(), 'vigia-doctor-'));
    temporary.push(root);
    const version = await readableVersion();
    const tables = join(root, 'bpf', version, 'tables');
    await mkdir(tables, { recursive: true });
    await symlink(version, join(root, 'bpf', 'current'));
    const startedNs = Number(process.hrtime.bigint()) - 2 * 3.6e12;
    await writeFile(join(tables, 'usage'), usageBytes([{ cgroupId: 0, slot: 0 }]));
    await writeFile(join(tables, 'cpu'), cpuBytes([{ startedNs: Math.max(0, startedNs) }]));
    const read = ['path', 'flow', 'connection', 'answer', 'footprint', 'clue'];
    for (const empty of [...read, 'mark', 'settle', 'sweep'])
      await writeFile(join(tables, empty), '');
    if (reap) await writeFile(join(tables, 'reap'), '');
    await mkdir(join(root, 'proc/self'), { recursive: true });
    await writeFile(
      join(root, 'proc/self/status'),
      `Uid:\t1000\t1000\nCapEff:\t${'0'.repeat(16)}\n`,
    );
    const uid = process.getuid?.() ?? 0;
    const { config } = parseConfig(new Map(), {});
    return new Host({ ...config, uid, bpffs: '/bpf', bpftool: '/nowhere/bpftool' }, root);
  }

  test('no capability and no bpftool is needed any more', async () => {
    const results = await findings(await loaded(true));
    expect(results['capabilities']).toBe('ok none needed, because the programs are loaded');
    expect(results['bpftool']).toMatch(/^warn /);
    expect(results['tables']).toMatch(/^ok 1 rows, counting for \d+\.\d h, for user \d+$/);
  });

  test('a table that is missing is a failure that names it', async () => {
    expect((await findings(await loaded(false)))['tables']).toBe(
      'fail missing in /bpf/current: tables/reap',
    );
  });

  test('so is what the load wrote down, and the link to it', async () => {
    const host = await loaded(true);
    const inventory = 'maps:control tables:clue,usage';
    await symlink(inventory, host.at(`/bpf/${await readableVersion()}/inventory`));
    const tablesLine = async () => (await findings(host))['tables'];
    expect(await tablesLine()).toMatch(/^ok 1 rows/); // of the maps only root can tell
    await rm(host.at('/bpf/current/tables/clue'));
    expect(await tablesLine()).toBe('fail missing in /bpf/current: tables/clue');
    await rm(host.at('/bpf/current'));
    expect(await tablesLine()).toBe('fail missing in /bpf: the link current, or its target');
  });
});

test('the machine of the test can be examined', async () => {
  const diagnoses = await examine(new Host(parseConfig(new Map(), {}).config));
  expect(diagnoses.map(({ check }) => check)).toContain('bpftool');
  for (const { check, message } of diagnoses)
    expect(`${check}: ${message}`).not.toContain('be checked');
  expect(diagnoses.find(({ check }) => check === 'kernel')?.verdict).toBe('ok');
  expect(typeof canWork(diagnoses)).toBe('boolean');
});

test('a web configuration is read as the daemon reads it, where there is one', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'vigia-web-'));
  temporary.push(directory);
  const config = { ...parseConfig(new Map(), {}).config, webConfigFile: '/web.yaml' };
  const lineFor = async (text: string) => {
    await writeFile(join(directory, 'web.yaml'), text);
    return (await findings(new Host(config, directory)))['web config'];
  };
  expect(await lineFor('rate_limit: { interval: 1s }')).toBe('ok /web.yaml: http, 0 users');
  expect(await lineFor('users: {}\nrate: 1')).toMatch(
    /^fail .*users: no such key.*; .*rate: no such/,
  );
});
