import { basename } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Samples } from '../../lab/monitoring/samples.ts';
import { type Network, openNetwork } from '../../lab/network/network.ts';
import { holdTraffic } from '../../lab/network/traffic.ts';
import { compiled, cpuStatNs, holdInside } from '../../lab/process/process.ts';
import { startDaemon } from '../../lab/scene/daemon.ts';
import { emptyCgroup, openScene, type Scene } from '../../lab/scene/scene.ts';
import type { UsageRow } from '../../src/kernel/tables/wire.gen.ts';

const KILLS = 100;
const DATAGRAM_BYTES = 500;
/** IPv4 and UDP. */
const HEADER_BYTES = 28;
const CPU_TOLERANCE_MS = 5;

/** For each input line, creates a cgroup, runs a process in it for a moment, and removes it. */
const BRIEF_LIVES = `
  i=0
  while read -r _; do
    mkdir "$0/brief-$i"
    sh -c 'echo 0 >"$0/cgroup.procs"; i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done' "$0/brief-$i"
    until rmdir "$0/brief-$i"; do :; done
    echo "lived $i."
    i=$((i+1))
  done`;

const stack = new AsyncDisposableStack();
let scene: Scene;
let network: Network;

beforeAll(async () => {
  scene = stack.use(await openScene({ retentionMs: 10_000 }));
  network = stack.use(await openNetwork());
});

afterAll(async () => {
  await stack.disposeAsync();
});

test(`killed ${KILLS} times under load, the daemon continues exactly from the kernel's figures`, async () => {
  const [burner, sender] = [scene.makeCgroup('burner'), scene.makeCgroup('sender')];
  const receiver = scene.makeCgroup('receiver');
  const burn = [compiled('work'), 'burn', '3600000', '1', '1', '500'];
  await using program = await holdInside(burner, burn);
  const lives = ['sh', '-c', BRIEF_LIVES, scene.cgroup];
  await using nursery = await holdInside(scene.makeCgroup('nursery'), lives);
  await using traffic = await holdTraffic(network, { sender, receiver }, DATAGRAM_BYTES);
  // All are asleep. Only the kernel counts the slice in which each entered from outside.
  const entriesMs = cpuStatNs(scene.cgroup) / 1e6 - totalMs();
  for (const load of [program, nursery, traffic]) load.go();

  let highest = new Map<string, number>();
  for (let kill = 0; kill < KILLS; kill++) {
    nursery.go();
    await nursery.prints(`lived ${kill}.`);
    const before = figuresByCgroup([burner, sender]);
    await using daemon = await startDaemon(scene.options);
    const samples = await daemon.samples();
    expectBetween(before, samples, figuresByCgroup([burner, sender]));
    highest = expectNoStepBack(samples, highest);
    void daemon.get('/metrics').catch(() => {}); // in progress at the end
    await daemon.end('SIGKILL');
  }
  const sent = await traffic.stop();
  await emptyCgroup(scene.cgroup);

  await using daemon = await startDaemon(scene.options);
  const samples = await daemon.samples();
  expectNoStepBack(samples, highest);
  for (const cgroup of [burner, sender])
    expect(scraped(samples, cgroup)).toEqual(figuresOf(scene.usageOf(cgroup)));
  expect(scraped(samples, sender)).toMatchObject({
    bytes: sent * (DATAGRAM_BYTES + HEADER_BYTES),
    packets: sent,
  });
  // All cgroups that ever existed, including the brief ones.
  const nodeMs = samples.one('vigia_node_cpu_seconds_total') * 1e3;
  const bookedMs = cpuStatNs(scene.cgroup) / 1e6;
  expect(Math.abs(bookedMs - entriesMs - nodeMs)).toBeLessThan(CPU_TOLERANCE_MS);
  expect(samples.sum('vigia_namespace_ended_cpu_seconds_total')).toBeGreaterThan(0.01);
});

/** The figures of one cgroup. */
interface Figures {
  readonly cpuNs: number;
  readonly waitNs: number;
  readonly bytes: number;
  readonly packets: number;
}

/** Figures in the kernel's table. */
function figuresOf({ cpu, network }: UsageRow): Figures {
  const [, { bytes, packets } = { bytes: 0, packets: 0 }] = network.transmit;
  return { cpuNs: cpu.oncpuNs, waitNs: cpu.waitNs, bytes, packets };
}

function totalMs(): number {
  return scene.usage().reduce((sum, { cpu }) => sum + cpu.oncpuNs, 0) / 1e6;
}

/** Figures in a scrape. */
function scraped(samples: Samples, cgroup: string): Figures {
  const pod = basename(cgroup);
  const ns = (stem: string) =>
    Math.round(samples.one(`vigia_container_cpu_${stem}`, { pod }) * 1e9);
  const udp = (unit: string) =>
    samples.one(`vigia_pod_network_transmit_${unit}_total`, { pod, protocol: 'udp' });
  return {
    cpuNs: ns('seconds_total'),
    waitNs: ns('wait_seconds_total'),
    bytes: udp('bytes'),
    packets: udp('packets'),
  };
}

/** Figures by cgroup. */
function figuresByCgroup(cgroups: readonly string[]): Map<string, Figures> {
  return new Map(cgroups.map((cgroup) => [cgroup, figuresOf(scene.usageOf(cgroup))]));
}

/** The scrape is between two reads of the kernel, and there is load. */
function expectBetween(
  before: ReadonlyMap<string, Figures>,
  samples: Samples,
  after: ReadonlyMap<string, Figures>,
): void {
  for (const [cgroup, { cpuNs, ...others }] of before) {
    const shown = scraped(samples, cgroup);
    const now = after.get(cgroup) ?? shown;
    expect(now.cpuNs).toBeGreaterThan(cpuNs);
    for (const [name, least] of Object.entries({ cpuNs, ...others })) {
      expect(shown[name as keyof Figures], name).toBeGreaterThanOrEqual(least);
      expect(shown[name as keyof Figures], name).toBeLessThanOrEqual(now[name as keyof Figures]);
    }
  }
}

/** Returns the counters of a scrape. Fails if one is below its previous value. */
function expectNoStepBack(
  samples: Samples,
  highest: ReadonlyMap<string, number>,
): Map<string, number> {
  const counters = countersIn(samples);
  expect(counters.size).toBeGreaterThan(80);
  expect([...counters].filter(([key, count]) => count < (highest.get(key) ?? 0))).toEqual([]);
  return counters;
}

/**
 * Every counter that the kernel keeps. Counters about the daemon start with it. Each daemon splits
 * ended figures by namespace again, so only their sum counts.
 */
function countersIn(samples: Samples): Map<string, number> {
  const counters = new Map<string, number>();
  for (const { name, labels, reading } of samples.all) {
    if (!/^vigia_(?!series|tick)\w+_(?:total|bucket|count)$/.test(name)) continue;
    const { namespace, ...others } = labels;
    const isEnded = name.startsWith('vigia_namespace_ended_');
    const key = `${name} ${JSON.stringify(isEnded ? others : { namespace, ...others })}`;
    counters.set(key, (counters.get(key) ?? 0) + reading);
  }
  return counters;
}
