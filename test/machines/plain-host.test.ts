import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { Samples } from '../../lab/monitoring/samples.ts';
import { outsideMake, ROOT } from '../../lab/process/checkout.ts';
import { type DebianRun, runInDebian } from './debian/debian-guest.ts';

const run = promisify(execFile);

/** Files of a checkout for install.sh, and the scripts it runs. */
const SOURCE = [
  ...['bin/vigia', 'dist', 'LICENSE', 'bpf/LICENSE', 'deploy/systemd', 'tools'],
  ...['build/tools/bpftool', 'node_modules/node/bin/node'],
];
const WANTED = 'etc/systemd/system/multi-user.target.wants';

const DATAGRAM_BYTES = 128;
const CPU_TOLERANCE_MS = 5;
const MOMENTS = ['started', 'killed', 'upgraded', 'stopped', 'end'];

let marks: DebianRun['marks'];

beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'vigia-plain-host-'));
  try {
    // Installed like a package into an image.
    await run('make', ['install', `DESTDIR=${dir}`], { cwd: ROOT, env: outsideMake() });
    for (const part of SOURCE) {
      const to = join(dir, 'usr/src/vigia', part);
      await mkdir(dirname(to), { recursive: true });
      await cp(join(ROOT, part), to, { recursive: true, dereference: true });
    }
    await mkdir(join(dir, WANTED), { recursive: true });
    for (const unit of ['/usr/local/lib/systemd/system/vigia', '/etc/systemd/system/before'])
      await symlink(`${unit}.service`, join(dir, WANTED, `${unit.split('/').at(-1)}.service`));
    await symlink('/etc/systemd/system/scenario.service', join(dir, WANTED, 'scenario.service'));
    const overlays = [dir, join(import.meta.dirname, 'debian/plain-host')];
    ({ marks } = await runInDebian({ overlays }));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

/** The only word of a mark. */
function wordOf(key: string): string | undefined {
  const [words, ...others] = marks.get(key) ?? [];
  expect(others, key).toEqual([]);
  return words;
}

function scraped(moment: string): Samples {
  return new Samples((marks.get(`scrape.${moment}`) ?? []).join('\n'));
}

test('when enabled, it is loaded and serves after boot', () => {
  expect(marks.get('units.boot')).toEqual(['vigia active enabled', 'vigia-load active static']);
});

test('the daemon has its own user, no capability, no way to gain one, and a system call filter', () => {
  const user = wordOf('user');
  expect(user).toMatch(/^[1-9]\d*$/);
  expect(wordOf('status.Uid')).toBe(Array(4).fill(user).join(' '));
  for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'])
    expect(wordOf(`status.Cap${set}`), set).toMatch(/^0+$/);
  expect(wordOf('threads')).toBe('0');
  expect(wordOf('status.NoNewPrivs')).toBe('1');
  expect(wordOf('status.Seccomp')).toBe('2');
});

test('it sees the loader’s bpffs, and creates files only in its own directories', () => {
  expect(marks.get('mkdir')).toEqual(Array(3).fill('Permission denied'));
  expect(marks.get('own')).toEqual(Array(2).fill('drwx------ vigia'));
});

test('a unit is a pod of its slice, and commands reach the daemon in its sandbox', () => {
  const [labels] = scraped('started').select('vigia_container_cpu_seconds_total');
  expect(labels?.labels).toMatchObject({ namespace: 'system.slice', pod: 'sender.service' });
  expect(wordOf('connections')).toContain('10.7.0.2');
});

test('no kill, upgrade or stop makes a counter decrease', () => {
  let before = new Map<string, number>();
  for (const moment of MOMENTS) {
    const counters = new Map(
      [...scraped(moment).byKey()].filter(([key]) => /_total /.test(key) && !/mining/.test(key)),
    );
    expect(counters.size, moment).toBeGreaterThan(10);
    for (const [key, reading] of before)
      expect(counters.get(key), `${key} ${moment}`).toBeGreaterThanOrEqual(reading);
    before = counters;
  }
});

test('nor loses anything: at the end, the figures equal those of the kernel and of the sender', () => {
  const [sent, samples] = [Number(wordOf('sent')), scraped('end')];
  const udp = { protocol: 'udp' };
  expect(sent).toBeGreaterThan(100);
  expect(samples.one('vigia_pod_network_transmit_packets_total', udp)).toBe(sent);
  expect(samples.one('vigia_pod_network_transmit_bytes_total', udp)).toBe(sent * DATAGRAM_BYTES);
  const ms = samples.one('vigia_container_cpu_seconds_total') * 1e3;
  expect(Math.abs(ms - Number(wordOf('cpu')) / 1e3)).toBeLessThan(CPU_TOLERANCE_MS);
});

test('changed loader settings take effect after a restart, and the counters continue', () => {
  expect(wordOf('loaded')).toContain('replacing another version');
});

test('an invalid setting is refused and reported in the journal', () => {
  expect(wordOf('refused')).toMatch(/VIGIA_INTERVAL.*never/);
});

test('after a stop, counting continues', () => {
  const states = ['vigia inactive enabled', 'vigia-load inactive static'];
  expect(marks.get('units.stopped')).toEqual(states);
  expect(Number(wordOf('programs'))).toBeGreaterThan(0);
});

test('an upgrade keeps edited settings and reports this', () => {
  expect(marks.get('upgrade')).toEqual([
    expect.stringContaining('kept /etc/default/vigia'),
    expect.stringContaining('vigia.service runs'),
  ]);
});

test.each(['a', 'b'])('a node that is a container has only its own pods: %s', (node) => {
  const [uid, container = ''] = (wordOf(`node.${node}.container`) ?? '').split(' ');
  expect(wordOf(`node.${node}.doctor`)).toContain('this node is a container');
  for (const moment of ['measured', 'last']) {
    const samples = new Samples((marks.get(`node.${node}.${moment}`) ?? []).join('\n'));
    const pods = new Set(samples.all.map(({ labels }) => labels['pod']));
    expect(pods, moment).toEqual(new Set([uid]));
    const ms = 1e3 * samples.sum('vigia_container_cpu_seconds_total', { container });
    expect(ms, moment).toBeGreaterThan(100);
    const bookedMs = Number(wordOf(`node.${node}.${moment}.cpu`)) / 1e3;
    expect(Math.abs(ms - bookedMs), moment).toBeLessThan(CPU_TOLERANCE_MS);
  }
  expect(wordOf(`node.${node}.unload`)).toContain('unloaded all programs');
});

test('its memory use is far from the limit', () => {
  expect(Number(wordOf('memory')) / 1024 ** 2).toBeLessThan(256 / 2);
});

test('a healthy host has no warnings', () => {
  expect(wordOf('warnings')).toBe('0');
});

test('after an uninstall, only the reported items are left: edited settings, the user', () => {
  expect(marks.get('uninstall')).toEqual([
    'uninstall: kept /etc/default/vigia, which was edited',
    'uninstall: kept the user vigia (userdel vigia)',
  ]);
  expect(marks.get('left')).toEqual(['/etc/default/vigia']);
});
