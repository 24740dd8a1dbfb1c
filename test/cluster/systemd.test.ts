import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Samples } from '../../lab/monitoring/samples.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { expectKernelsFigures, expectLivingNames, expectNames } from './expectations.ts';
import { type Inspector, inspectorOf } from './inspector.ts';
import { type Monitoring, startMonitoring } from './monitoring.ts';
import { apply, applyAll, containersOf, podsOf, ready } from './pods.ts';
import { serveNames } from './service-names.ts';

/** From talk.c. */
const DATAGRAM_BYTES = 100;
const HEADER_BYTES = 28;
const BULK_BYTES = 3_000_000;
/** Duration of the API outage. */
const OUTAGE_MS = 120_000;
/** Shortens the interval. All other values are the defaults. */
const HURRY = '--set=settings.interval=3s';

let cluster: Cluster;
let inspector: Inspector;
let monitoring: Monitoring;
let before: readonly string[];

beforeAll(async () => {
  cluster = await openCluster('systemd');
  inspector = inspectorOf(cluster);
  await apply(cluster, 'inspector');
  await ready(cluster, 'default', 'inspector');
  before = await inspector.traces();
});

afterAll(async () => {
  await monitoring?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

/** Runs a program of the image in the chart's pod. */
async function inDaemon(...command: readonly string[]): Promise<string> {
  const words = ['--namespace=vigia', 'exec', 'daemonset/vigia', '--container=vigia', '--'];
  return await cluster.kubectl(...words, ...command);
}

/** Runs one of the daemon's own commands, with a timeout for the emulator. */
async function vigiaOutput(...words: readonly string[]): Promise<string> {
  return await inDaemon('vigia', ...words, '--timeout=2m');
}

test('the chart installs with its defaults, and Prometheus finds its pod', async () => {
  await cluster.installChart(HURRY);
  monitoring = await startMonitoring(cluster);
  const { labels } = await cluster.eventually('a target that is up', async () =>
    (await monitoring.prometheus.targets()).find(({ health }) => health === 'up'),
  );
  expect(labels).toEqual({ job: 'vigia', instance: 'node1', node: 'node1' });
});

test('its daemon has no capability, cannot gain one, and has a read-only root', async () => {
  const script = `
    const { readFileSync, writeFileSync } = require('node:fs');
    const status = readFileSync('/proc/1/status', 'utf8');
    const attempt = () => { try { writeFileSync('/here', ''); } catch ({ code }) { return code; } };
    console.log(JSON.stringify({
      ...Object.fromEntries(status.match(/^(Uid|Cap\\w+|NoNewPrivs|Seccomp):.*/gm)
        .map((line) => line.split(':\\t'))),
      profile: readFileSync('/proc/1/attr/current', 'utf8').trim(),
      write: attempt(),
    }));`;
  const none = '0'.repeat(16);
  expect(JSON.parse(await inDaemon('/usr/bin/node', '-e', script))).toEqual({
    Uid: Array(4).fill('9770').join('\t'),
    CapInh: none,
    CapPrm: none,
    CapEff: none,
    CapBnd: none,
    CapAmb: none,
    NoNewPrivs: '1',
    Seccomp: '2',
    profile: 'cri-containerd.apparmor.d (enforce)',
    write: 'EROFS',
  });
});

test('pods of every kind have their names and their workloads', async () => {
  await applyAll(cluster);
  await expectNames(cluster, inspector);
});

test('the CPU time of containers equals the kernel’s', async () => {
  await expectKernelsFigures(cluster, inspector);
});

/** The fields of a connection that tests use. */
interface Connection {
  readonly pod: string;
  readonly direction: string;
  readonly protocol: string;
  readonly sent: { readonly bytes: number };
  readonly received: { readonly bytes: number };
  readonly peerAddress: string;
  readonly peerIdentity?: Readonly<Record<'kind' | 'namespace' | 'name', string>>;
}

async function connections(): Promise<Connection[]> {
  return JSON.parse(await vigiaOutput('connections', '-o', 'json'));
}

test('a transfer has the same size at both ends, and each end names the other', async () => {
  const tcp = (await connections()).filter(({ protocol }) => protocol === 'tcp');
  expect(tcp.filter(({ pod }) => pod === 'bulk')).toMatchObject([
    { direction: 'outbound', peerAddress: '10.96.0.50', sent: { bytes: BULK_BYTES } },
  ]);
  const heard = tcp.filter(({ pod }) => pod.startsWith('ear-'));
  expect(heard).toMatchObject([
    {
      direction: 'inbound',
      received: { bytes: BULK_BYTES },
      peerIdentity: { namespace: 'shop', name: 'bulk' },
    },
  ]);
});

test('a restart, an upgrade and a kill lose nothing, and no counter decreases', async () => {
  const story: [string, () => Promise<void>][] = [
    ['restart', restart],
    ['upgrade', () => cluster.installChart(HURRY, '--set=settings.peers=cluster')],
    ['kill', kill],
  ];
  let last = countersOf(await cluster.scrape());
  expect(last.size).toBeGreaterThan(50);
  for (const [what, happen] of story) {
    await happen();
    const before = last;
    // A daemon can serve before it knows the names.
    last = await cluster.eventually(`all series after the ${what}`, async () => {
      const now = countersOf(await cluster.scrape());
      return [...before.keys()].every((key) => now.has(key)) ? now : undefined;
    });
    for (const [key, reading] of before)
      expect(last.get(key), `${key} after the ${what}`).toBeGreaterThanOrEqual(reading);
  }
});

test('with the cluster’s peers, it shows Services by name', async () => {
  expect((await connections()).find(({ pod }) => pod === 'host-stream')).toMatchObject({
    peerAddress: '10.96.0.50',
    peerIdentity: { kind: 'service', namespace: 'shop', name: 'ear' },
  });
});

test('while the API is unavailable it keeps counting, reports the outage, and names stay', async () => {
  const { api } = cluster.control;
  const sent = (samples: Samples) =>
    samples.one('vigia_pod_network_transmit_packets_total', {
      pod: 'host-stream',
      protocol: 'udp',
    });
  const areAll = (samples: Samples, state: 0 | 1) => {
    const watches = samples.select('vigia_kubernetes_watch_up');
    return watches.length > 1 && watches.every(({ reading }) => reading === state);
  };
  await cluster.eventually('the watches', async () => areAll(await cluster.scrape(), 1));
  await api.kill();
  const began = performance.now();
  const away = await cluster.eventually('the watches to be missed', async () => {
    const samples = await cluster.scrape();
    return areAll(samples, 0) ? samples : undefined;
  });
  expect(await cluster.get('/readyz?verbose')).toMatch(/^\[!\]kubernetes-pods degraded: /m);
  await delay(OUTAGE_MS - (performance.now() - began));
  expect(sent(await cluster.scrape())).toBeGreaterThan(sent(away) + 500);
  expect(await cluster.get('/readyz')).toBe('ok\n');
  await api.restart();
  await cluster.eventually('the watches', async () => areAll(await cluster.scrape(), 1));
  await expectLivingNames(cluster, inspector);
});

test('at the end, the figures of both streams equal those of their senders', async () => {
  const pods = await podsOf(cluster, 'shop');
  const [stream, ear] = ['stream-', 'ear-'].map(
    (name) => pods.find(({ metadata }) => metadata.name.startsWith(name))?.metadata.name ?? '',
  );
  const sent = await Promise.all([stream ?? '', 'host-stream'].map(endOfStream));
  const samples = await cluster.scrape();
  const figure = (pod = '', way: string, what: string) =>
    samples.one(`vigia_pod_network_${way}_${what}_total`, { pod, protocol: 'udp' });
  for (const [i, pod] of [stream, 'host-stream'].entries()) {
    expect(figure(pod, 'transmit', 'packets')).toBe(sent[i]);
    expect(figure(pod, 'transmit', 'bytes')).toBe((sent[i] ?? 0) * (DATAGRAM_BYTES + HEADER_BYTES));
  }
  expect(figure(ear, 'receive', 'packets')).toBe(sent.reduce((sum, one) => sum + one, 0));
});

test('in Prometheus, no counter was reset and no series appeared twice', async () => {
  const { prometheus } = monitoring;
  for (const name of [
    'vigia_container_cpu_seconds_total',
    'vigia_pod_network_transmit_bytes_total',
    'vigia_pod_tcp_connects_total',
  ]) {
    expect(await prometheus.number(`count(${name})`)).toBeGreaterThan(5);
    expect(await prometheus.query(`resets(${name}[1h]) > 0`)).toEqual([]);
  }
  expect(prometheus.complaints().filter((line) => /duplicate|out of order/i.test(line))).toEqual(
    [],
  );
});

test('the chart’s own test finds it by its name', async () => {
  await using _ = serveNames(cluster.network, { 'vigia.vigia': await cluster.address() });
  expect(await cluster.helm('test', 'vigia')).toMatch(/^Phase: +Succeeded$/m);
});

test('a program that behaves like a miner raises the alert, with its evidence', async () => {
  await apply(cluster, 'miner');
  // For the next test: it starts and fails while an alert is pending.
  await apply(cluster, 'no-btf');
  const alert = await cluster.eventually('the alert', () =>
    monitoring
      .messages()
      .flatMap(({ receiver, alerts }) => alerts.map((each) => ({ ...each, receiver })))
      .find(({ labels }) => labels['alertname'] === 'VigiaPodMining'),
  );
  expect(alert).toMatchObject({
    receiver: 'quiet',
    status: 'firing',
    labels: { namespace: 'shop', pod: 'miner', node: 'node1', vigia_stage: 'trial' },
    annotations: { description: expect.stringContaining('shop/miner on node1') },
  });
  expect(await vigiaOutput('findings')).toContain('shop/miner');
});

test('kubectl describe shows what a node lacks', async () => {
  await apply(cluster, 'no-btf');
  const message = await cluster.eventually('the loader to fail', async () => {
    const [pod] = (await podsOf(cluster, 'default')).filter(
      ({ metadata }) => metadata.name === 'no-btf',
    );
    return pod?.status.containerStatuses?.[0]?.state.terminated?.message;
  });
  expect(message).toMatch(/BTF/);
});

test('after an uninstall as in the notes, nothing is left on the node', async () => {
  await cluster.installChart('--set=unload=true');
  await cluster.helm('uninstall', 'vigia', '--wait');
  const left = await cluster.eventually('the kernel to free it', async () => {
    const after = await inspector.traces();
    return after.length <= before.length ? after : undefined;
  });
  expect(left).toEqual(before);
});

async function restart(): Promise<void> {
  await cluster.kubectl('--namespace=vigia', 'rollout', 'restart', 'daemonset/vigia');
  await cluster.rolledOut();
}

/** Kills the daemon, by its id on the node. */
async function kill(): Promise<void> {
  const restarts = async () => {
    const [pod] = await podsOf(cluster, 'vigia');
    return pod?.status.containerStatuses?.[0]?.restartCount ?? 0;
  };
  const [pod] = await podsOf(cluster, 'vigia');
  const id = (pod && containersOf(pod).get('vigia')) ?? '';
  await inspector.shell(`kill -9 $(cat /host/sys/fs/cgroup/kubepods*/*/*/*${id}*/cgroup.procs)`);
  await cluster.eventually('a restart', async () => (await restarts()) === 1);
  await cluster.rolledOut();
}

/** Stops a sender, and returns the number of datagrams it has sent. */
async function endOfStream(pod: string): Promise<number> {
  await cluster.kubectl('--namespace=shop', 'exec', pod, '--', 'kill', '-USR1', '1');
  const stopped = await cluster.eventually(`${pod} to stop`, async () =>
    /^sent (\d+)$/m.exec(await cluster.kubectl('--namespace=shop', 'logs', pod)),
  );
  return Number(stopped[1]);
}

/** Counters of the node, and of pods without an ended container. */
function countersOf(samples: Samples): ReadonlyMap<string, number> {
  const living = samples.all.filter(
    ({ name, labels: { pod = '' } }) =>
      /^vigia_(pod|container|node)_\w+_total$/.test(name) &&
      !name.includes('mining') &&
      (name.startsWith('vigia_node_') || /^(guaranteed|burstable|ear-|(host-)?stream)/.test(pod)),
  );
  return new Map(
    living.map((each) => [`${each.name} ${JSON.stringify(each.labels)}`, each.reading]),
  );
}
