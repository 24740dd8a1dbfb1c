import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Container, runContainer, startContainer } from '../../lab/kubernetes/container.ts';
import { buildImage, type Image } from '../../lab/kubernetes/image.ts';
import { openPodPlace, type PodPlace } from '../../lab/kubernetes/pod-place.ts';
import { Samples } from '../../lab/monitoring/samples.ts';
import { compiled, cpuStatNs, runInside, until } from '../../lab/process/process.ts';
import { VIGIA } from '../../lab/scene/daemon.ts';
import { OBJECTS } from '../../lab/scene/scene.ts';
import manifest from '../../package.json' with { type: 'json' };
import { findBpftool } from '../../src/kernel/bpftool.ts';
import { attachedBelow } from '../../src/kernel/load/attachments.ts';

const MOST_MB = 160;
/** Capabilities of the init container. The last one is for listing attachments. */
const CAPABILITIES = ['CAP_BPF', 'CAP_PERFMON', 'CAP_NET_ADMIN', 'CAP_CHOWN', 'CAP_SYS_ADMIN'];

let image: Image;
/** All files of the image, by path. */
let files: ReadonlyMap<string, Stats>;
let place: PodPlace;

beforeAll(async () => {
  image = await buildImage();
  const paths = execFileSync('find', [image.root, '-mindepth', '1', '-printf', '%P\\n'], {
    encoding: 'utf8',
  });
  const each = paths.trim().split('\n');
  files = new Map(each.map((path) => [path, lstatSync(join(image.root, path))]));
  place = await openPodPlace();
});

afterAll(async () => {
  await place?.[Symbol.asyncDispose]();
  await image?.[Symbol.asyncDispose]();
});

const pathsOf = (is: (file: Stats, path: string) => boolean): string[] =>
  [...files].filter(([path, file]) => is(file, path)).map(([path]) => path);

/** Starts it like a kubelet, with the arguments of the pod's container. */
const startInPod = (...args: string[]): Promise<Container> =>
  startContainer(image, { args, env: place.env, volumes: place.daemonVolumes });

test('contains six programs: no shell, no package manager, nothing setuid', () => {
  const isProgram = (path: string) => /^(usr\/)?s?bin\//.test(path);
  expect(pathsOf((_, path) => isProgram(path)).sort()).toEqual([
    'usr/bin/flock',
    'usr/bin/mount',
    'usr/bin/node',
    'usr/bin/umount',
    'usr/bin/vigia',
    'usr/sbin/bpftool',
  ]);
  const canRun = (file: Stats, path: string) =>
    file.isFile() && (file.mode & 0o111) !== 0 && !isProgram(path);
  expect(pathsOf(canRun).filter((path) => !/\/(lib|ld-linux-)[^/]+\.so\.\d+$/.test(path))).toEqual(
    [],
  );
  expect(pathsOf((file) => file.isFile() && (file.mode & 0o6022) !== 0)).toEqual([]);
});

test(`is at most ${MOST_MB} MB unpacked, and make image prints its size`, () => {
  const bytes = [...files.values()].reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
  console.log(image.output);
  expect(bytes / 1e6).toBeLessThan(MOST_MB);
  expect(Number(/has (\d+) MB/.exec(image.output)?.[1])).toBeCloseTo(bytes / 1e6, -1);
});

test('contains exactly the tested objects', () => {
  const objects = readdirSync(OBJECTS).filter((name) => name.endsWith('.o'));
  const shipped = join(image.root, 'usr/lib/vigia/bpf');
  expect(readdirSync(shipped).sort()).toEqual(objects.sort());
  for (const name of objects)
    expect(readFileSync(join(shipped, name)).equals(readFileSync(join(OBJECTS, name))), name).toBe(
      true,
    );
});

test('contains the license of each of its libraries', () => {
  const documented = readdirSync(join(image.root, 'usr/share/doc'));
  expect(documented).toEqual(
    expect.arrayContaining(['vigia', 'vigia-bpf', 'node', 'libc6', 'mount']),
  );
  expect(readdirSync(join(image.root, 'var/lib/dpkg/status.d'))).toContain('libc6');
  const notices = readFileSync(join(image.root, 'usr/share/doc/vigia/licenses.txt'), 'utf8');
  expect(notices).toMatch(/^fastify \d+\.\d+\.\d+ \(MIT\)$/m);
});

test('contains a bill of materials', () => {
  const bom = JSON.parse(
    readFileSync(join(image.root, 'usr/share/doc/vigia/sbom.cdx.json'), 'utf8'),
  ) as { bomFormat: string; components: { name: string; version: string }[] };
  expect(bom.bomFormat).toBe('CycloneDX');
  const versions = new Map(bom.components.map(({ name, version }) => [name, version]));
  for (const [name, version] of Object.entries(manifest.dependencies))
    expect([name, versions.get(name)]).toEqual([name, version]);
  expect(versions.get('Node.js')).toBe(manifest.devDependencies.node);
});

test('runs as its own user, without capabilities and on a read-only root', async () => {
  expect(image.config).toMatchObject({ User: '9770:9770', Cmd: ['run'] });
  const { code, stdout, stderr } = await runContainer(image, { args: ['version', '-o', 'json'] });
  expect([code, stderr]).toEqual([0, '']);
  const shown = JSON.parse(stdout) as Record<string, string>;
  expect(shown['version']).toBe(manifest.version);
  expect(shown['node']).toBe(`v${manifest.devDependencies.node}`);
  expect(image.config.Labels).toMatchObject({
    'org.opencontainers.image.version': manifest.version,
    'org.opencontainers.image.revision': shown['commit'] ?? '',
  });
});

test('doctor finds everything it needs, and reports what a load would lack', async () => {
  const { code, stdout } = await runContainer(image, { args: ['doctor', '-o', 'json'] });
  expect(code).toBe(1);
  const findings = JSON.parse(stdout) as { check: string; verdict: string; message: string }[];
  const lines = new Map(
    findings.map(({ check, verdict, message }) => [check, `${verdict}: ${message}`]),
  );
  expect(lines.get('bpftool')).toMatch(/^ok: bpftool v\d+\.\d+\.\d+ at \/usr\/sbin\/bpftool$/);
  expect(lines.get('capabilities')).toContain('vigia load lacks CAP_CHOWN');
});

test('one container loads, another one without capabilities counts and responds', async () => {
  const { options, env, loaderVolumes: volumes } = place;
  const asRoot = { uid: 0, capabilities: CAPABILITIES, env, volumes };
  const loaded = await runContainer(image, { args: ['load'], ...asRoot });
  expect([loaded.code, loaded.stderr]).toEqual([0, '']);
  expect(loaded.stdout).toContain('loaded; counting starts now');

  await using daemon = await startInPod('run', '--listen=127.0.0.1:0', '--interval=1s');
  const url = await until(
    'the daemon to serve',
    () => /see (http:\S+)\/metrics/.exec(daemon.output())?.[1],
  );
  const burner = join(options.cgroup.path, 'burner');
  mkdirSync(burner);
  await runInside(burner, [compiled('work'), 'burn', '100', '1', '1', '0']);
  const seconds = await until('what was burnt', async () => {
    const samples = new Samples(await (await fetch(`${url}/metrics`)).text());
    return samples.select('vigia_container_cpu_seconds_total', { pod: 'burner' })[0]?.reading;
  });
  expect(Math.abs(seconds - cpuStatNs(burner) / 1e9)).toBeLessThan(0.005);
  rmdirSync(burner);

  const status = readFileSync(`/proc/${await daemon.pid()}/status`, 'utf8');
  expect(status).toMatch(/^Uid:\t9770\t9770\t9770\t9770$/m);
  expect(status).toMatch(/^CapPrm:\t0+\nCapEff:\t0+\nCapBnd:\t0+$/m);
  expect(status).toMatch(/^NoNewPrivs:\t1$/m);
  for (const command of ['findings', 'connections']) {
    const { code, stdout, stderr } = await daemon.exec([command, '-o', 'json']);
    expect([command, code, stderr]).toEqual([command, 0, '']);
    expect(() => JSON.parse(stdout)).not.toThrow();
  }
  expect(await flagsOf(daemon)).toEqual(flagsOfLauncher());

  await using second = await startInPod('run', '--listen=127.0.0.1:0');
  const { code: refused, stderr: why } = await second.ended;
  expect(refused).toBe(1);
  expect(why).toContain('/host/bpf: another vigia run reads these tables: process 1 on ');

  expect((await daemon.end()).code).toBe(0);

  // It would treat other tests' programs as orphans, because it cannot see their pins.
  const { path: cgroup } = options.cgroup;
  const { VIGIA_CGROUP: _, ...others } = env;
  const unloaded = await runContainer(image, {
    args: ['unload'],
    ...asRoot,
    env: others,
    cgroup,
  });
  expect([unloaded.code, unloaded.stderr]).toEqual([0, '']);
  expect(await attachedBelow(await findBpftool(), cgroup)).toEqual([]);
  expect(readdirSync(options.bpffs)).toEqual([]);
});

/** How Node was started: its flags, and libc's settings. */
async function flagsOf(daemon: Container): Promise<string[]> {
  const pid = await daemon.pid();
  const [words = [], settings = []] = ['cmdline', 'environ'].map((name) =>
    readFileSync(`/proc/${pid}/${name}`, 'utf8').split('\0'),
  );
  const flags = words.slice(1, words.indexOf('/usr/lib/vigia/vigia.mjs'));
  return [...flags, ...settings.filter((setting) => setting.startsWith('MALLOC_'))];
}

/** The same for bin/vigia, with a Node that prints them. */
function flagsOfLauncher(): string[] {
  const env = { PATH: process.env['PATH'] ?? '', VIGIA_NODE: join(place.own, 'node') };
  const script = '#!/bin/sh\nprintf "%s\\n" "$@"; env | grep ^MALLOC_\n';
  writeFileSync(env.VIGIA_NODE, script, { mode: 0o755 });
  const lines = execFileSync(VIGIA, { env, encoding: 'utf8' }).trim().split('\n');
  return lines.filter((line) => !line.endsWith('/vigia.mjs'));
}
