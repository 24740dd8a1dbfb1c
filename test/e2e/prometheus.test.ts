import { rmdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  caughtUp,
  type Observatory,
  openObservatory,
  Pair,
} from '../../lab/monitoring/observatory.ts';
import { checkMetrics } from '../../lab/monitoring/prometheus.ts';
import {
  compiled,
  cpuStatNs,
  isAsleep,
  runInside,
  startInside,
  until,
} from '../../lab/process/process.ts';
import { startDaemon } from '../../lab/scene/daemon.ts';
import { CPU_MEASURES, TCP_MEASURES, TRAFFIC_MEASURES } from '../../src/metrics/measures.ts';

const CPU_TOLERANCE_SECONDS = 0.005;
/** IP and UDP. */
const HEADER_BYTES = { 4: 28, 6: 48 } as const;

let observatory: Observatory;

beforeAll(async () => {
  observatory = await openObservatory(10_000);
});

afterAll(async () => {
  await observatory?.[Symbol.asyncDispose]();
});

test('CPU time in Prometheus equals the kernel’s, and the time burnt', async () => {
  const { scene, prometheus } = observatory;
  const burner = scene.makeCgroup('burner');
  const burn = [compiled('work'), 'burn', '1000', '1', '2', '0'];
  await using program = await startInside(burner, burn);
  await program.prints('done');
  await until('the burner to rest', () => isAsleep(program.pid));
  await caughtUp(prometheus);
  const seconds = await prometheus.number('vigia_container_cpu_seconds_total{pod="burner"}');
  expect(Math.abs(seconds - cpuStatNs(burner) / 1e9)).toBeLessThan(CPU_TOLERANCE_SECONDS);
  expect(seconds).toBeGreaterThan(2);
  expect(seconds).toBeLessThan(2.1);
});

test('a busy loop runs or waits all of the time, second by second', async () => {
  const { scene, prometheus } = observatory;
  const spinner = scene.makeCgroup('spinner');
  await using _ = await startInside(spinner, [compiled('work'), 'spin', '1']);
  const names = '__name__=~"vigia_container_cpu(_wait)?_seconds_total"';
  const grown = (selector: string) => `(sum(${selector}) - sum(${selector} offset 3s))`;
  const share = await until('three seconds of it', async () => {
    const [answer] = await prometheus.query(
      `${grown(`{${names},pod="spinner"}`)} / ${grown('vigia_snapshot_timestamp_seconds')}`,
    );
    return answer?.reading;
  });
  // A wait is counted when it is over, and not at all if the kernel hid the switch.
  expect(share).toBeGreaterThan(0.7);
  expect(share).toBeLessThan(1.1);
});

test('bytes, packets and connections over IPv4 and IPv6 are exact', async () => {
  const { scene, network, prometheus } = observatory;
  const [sender, receiver] = [scene.makeCgroup('sender'), scene.makeCgroup('receiver')];
  await using pair = new Pair(sender, receiver, network);
  await pair.sendDatagrams(4, 500, 1000);
  await pair.sendDatagrams(6, 300, 700);
  await pair.sendStream(6, 10_000);
  await caughtUp(prometheus);
  const bytes = 500 * (1000 + HEADER_BYTES[4]) + 300 * (700 + HEADER_BYTES[6]);
  for (const [pod, direction] of [
    ['sender', 'transmit'],
    ['receiver', 'receive'],
  ]) {
    const stem = `vigia_pod_network_${direction}`;
    const labels = `{pod="${pod}",protocol="udp"}`;
    expect(await prometheus.number(`${stem}_bytes_total${labels}`)).toBe(bytes);
    expect(await prometheus.number(`${stem}_packets_total${labels}`)).toBe(800);
  }
  expect(await prometheus.number('vigia_pod_tcp_connects_total{pod="sender"}')).toBe(1);
  expect(await prometheus.number('vigia_pod_tcp_accepts_total{pod="receiver"}')).toBe(1);
});

test('pods, unattributed and ended sum to the node exactly, in every scrape', async () => {
  const { scene, prometheus } = observatory;
  // The cgroups between a kubelet's root and its pods belong to no pod.
  const parent = scene.makeCgroup('kubepods');
  await using _spinner = await startInside(scene.makeCgroup('b'), [compiled('work'), 'spin', '2']);
  await using _switcher = await startInside(parent, [compiled('work'), 'switch', '1']);
  const short = scene.makeCgroup('short');
  await runInside(short, [compiled('work'), 'burn', '10', '1', '1', '0']);
  rmdirSync(short);
  const ended = 'sum(vigia_namespace_ended_cpu_seconds_total)';
  await until('something to end', async () => (await prometheus.number(ended)) > 0, 40_000);
  expect(await prometheus.number('vigia_unattributed_cpu_seconds_total')).toBeGreaterThan(0);
  const stems = [
    ...CPU_MEASURES.map(({ stem }) => ['container', stem] as const),
    ...TRAFFIC_MEASURES.map(({ stem }) => ['pod', `network_${stem}`] as const),
    ...TCP_MEASURES.map(({ stem }) => ['pod', stem] as const),
  ];
  for (const [owner, stem] of stems) {
    const sums = [owner, 'unattributed', 'namespace_ended'].map((of) => `sum(vigia_${of}_${stem})`);
    const rest = await prometheus.number(`sum(vigia_node_${stem}) - (${sums.join(' + ')})`);
    // Seconds are sums of floating-point numbers, everything else is an integer.
    expect.soft(Math.abs(rest), stem).toBeLessThan(stem.includes('seconds') ? 1e-6 : 1e-300);
  }
});

test('a restart of the daemon is not a counter reset', async () => {
  const { scene, daemon, prometheus } = observatory;
  await using _ = await startInside(scene.makeCgroup('spinner'), [compiled('work'), 'spin', '1']);
  await caughtUp(prometheus);
  await daemon.end('SIGKILL');
  await using successor = await startDaemon(scene.options, [
    `--listen=${new URL(daemon.url).host}`,
  ]);
  await caughtUp(prometheus);
  await caughtUp(prometheus);
  const counters = '__name__=~"vigia_(container|pod|node|unattributed|bpf|lost)_.*total"';
  const series = await prometheus.series(`{${counters}}`);
  const names = new Set(series.map(({ __name__ = '' }) => __name__));
  expect(names.size).toBeGreaterThan(40);
  for (const name of names)
    expect([name, await prometheus.number(`sum(resets(${name}[5m]))`)]).toEqual([name, 0]);

  const text = await successor.get('/metrics');
  expect(await checkMetrics(text)).toBe('');
  expect(await checkMetrics(`${text}ours_total{a="b"} 1\n`)).toContain('ours_total');
});

// Must be last, because it checks the data of all other tests.
test('Prometheus, with OpenMetrics, logged no warning', async () => {
  for (const each of [observatory.prometheus, observatory.other]) {
    expect(each.complaints()).toEqual([]);
    const created = await each.series('{__name__=~"vigia_.+_created"}');
    expect(created.length).toBeGreaterThan(50);
    const rejected = (await each.own()).all.filter(
      ({ name, reading }) => /^prometheus_target_scrapes_.*_total$/.test(name) && reading > 0,
    );
    expect(rejected).toEqual([]);
  }
});
