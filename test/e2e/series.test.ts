import { rmdirSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  caughtUp,
  type Observatory,
  openObservatory,
  Pair,
} from '../../lab/monitoring/observatory.ts';
import { compiled, cpuStatNs, runInside, until } from '../../lab/process/process.ts';
import { startDaemon } from '../../lab/scene/daemon.ts';
import { openScene } from '../../lab/scene/scene.ts';

const RETENTION_MS = 10_000;
/** One tick to see the end, two to free the row, one for Prometheus; on a busy machine. */
const LATE_MS = 10_000;
const CPU_TOLERANCE_SECONDS = 0.005;

/** One DNS query without an answer. */
const SCRIPT = `
  const query = Buffer.from('12340100000100000000000001610000010001', 'hex');
  const socket = require('node:dgram').createSocket('udp4');
  socket.send(query, 53, '127.0.0.1', () => socket.close());`;

let observatory: Observatory;

beforeAll(async () => {
  observatory = await openObservatory(RETENTION_MS);
});

afterAll(async () => {
  await observatory?.[Symbol.asyncDispose]();
});

/** The container's cgroup of a kubelet's pod with one container. `uid`: 8 digits. */
function makeContainer(uid: string): string {
  const pod = `kubepods.slice/kubepods-pod${uid}.slice`;
  return observatory.scene.makeCgroup(`${pod}/cri-containerd-${uid.repeat(8)}.scope`);
}

test('a pod has 24 series and its container 3, after every possible event', async () => {
  const { network, prometheus } = observatory;
  const uid = '0123abcd';
  const container = makeContainer(uid);
  await using pair = new Pair(container, makeContainer('4567cdef'), network);
  await pair.sendDatagrams(4, 1, 1);
  await pair.sendStream(6, 10_000);
  await pair.ping();
  await runInside(container, [process.execPath, '-e', SCRIPT]);
  await caughtUp(prometheus);
  // One more if the node provides the throttled time.
  const names = '__name__!~".+_created|vigia_container_cpu_throttled_.+"';
  const all = await prometheus.series(`{pod="${uid}",${names}}`);
  expect(all.filter(({ container }) => container === undefined)).toHaveLength(24);
  expect(all.filter(({ container }) => container === '0123abcd0123')).toHaveLength(3);
  expect(all).toHaveLength(27);
});

test('a pod that lived for 200 ms stays for its retention, regardless of scrapes, then ends', async () => {
  const { scene, daemon, prometheus, other } = observatory;
  const ended = `vigia_namespace_ended_cpu_seconds_total{namespace="${basename(scene.cgroup)}"}`;
  const cpu = 'vigia_container_cpu_seconds_total{pod="short"}';
  const bornSeconds = Date.now() / 1000;
  const short = scene.makeCgroup('short');
  await runInside(short, [compiled('work'), 'burn', '200', '1', '1', '0']);
  const booked = cpuStatNs(short) / 1e9;
  rmdirSync(short);
  const diedMs = Date.now();

  await Promise.all([caughtUp(prometheus), caughtUp(other)]);
  const seconds = await prometheus.number(cpu);
  expect(Math.abs(seconds - booked)).toBeLessThan(CPU_TOLERANCE_SECONDS);
  expect(await other.number(cpu)).toBe(seconds);
  const here = await daemon.samples();
  expect(here.one('vigia_container_cpu_seconds_total', { pod: 'short' })).toBe(seconds);
  const created = await prometheus.number('vigia_container_cpu_seconds_created{pod="short"}');
  expect(Math.abs(created - bornSeconds)).toBeLessThan(0.1);
  expect(await prometheus.number(ended)).toBe(0);

  await until('it to go', async () => (await prometheus.query(cpu)).length === 0, 40_000);
  const keptMs = Date.now() - diedMs;
  expect(keptMs).toBeGreaterThan(RETENTION_MS);
  expect(keptMs).toBeLessThan(RETENTION_MS + LATE_MS);
  await caughtUp(other);
  expect((await daemon.samples()).select('vigia_pod_info', { pod: 'short' })).toEqual([]);
  for (const each of [prometheus, other]) {
    expect(await each.query('{pod="short"}')).toEqual([]);
    const sightings = await each.number('count_over_time(vigia_pod_info{pod="short"}[1m])');
    expect(sightings).toBeGreaterThan(RETENTION_MS / 1000 - 2);
    expect(await each.number(ended)).toBeCloseTo(seconds, 9);
  }
});

test('above VIGIA_MAX_SERIES, pods are left out and counted, and no series comes and goes', async () => {
  const PODS = 12;
  await using scene = await openScene();
  for (let i = 0; i < PODS; i++) await runInside(scene.makeCgroup(`pod-${i}`), ['true']);
  await using daemon = await startDaemon(scene.options, ['--max-series=100']);
  const shown = async () => {
    const samples = await daemon.samples();
    const owned = samples.all.filter(({ labels }) => labels['namespace'] !== undefined);
    expect(owned.length).toBeLessThanOrEqual(100);
    expect(samples.one('vigia_series')).toBeLessThanOrEqual(100);
    expect(samples.one('vigia_node_cpu_seconds_total')).toBeGreaterThan(0);
    return {
      pods: samples.select('vigia_pod_info').map(({ labels }) => labels['pod']),
      dropped: samples.one('vigia_series_dropped_total'),
      ticks: samples.one('vigia_tick_duration_seconds_count'),
    };
  };
  const first = await shown();
  expect(first.pods.length).toBeGreaterThan(0);
  expect(first.pods.length).toBeLessThan(PODS);
  expect(first.dropped).toBeGreaterThan(24 * (PODS - first.pods.length));
  rmdirSync(`${scene.cgroup}/pod-${PODS - 1}`);
  const later = await until('three ticks', async () => {
    const now = await shown();
    return now.ticks > first.ticks + 2 ? now : undefined;
  });
  expect(later).toMatchObject({ pods: first.pods, dropped: first.dropped });
});
