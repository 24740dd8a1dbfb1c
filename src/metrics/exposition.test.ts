import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../core/snapshot.ts';
import { Exposition, type ExpositionOptions, type Format } from './exposition.ts';
import { smallNode } from './snapshot.fixture.ts';

const OPTIONS: ExpositionOptions = {
  version: '1.2.3',
  maxSeries: 20_000,
  waitHistogram: 'off',
  egress: 'off',
};
const FORMATS: readonly Format[] = ['prometheus', 'openmetrics'];

/** Masks what differs from run to run. */
function masked(text: string): string {
  return text
    .replaceAll(/^((?:process|nodejs)_\w+) \S+$/gm, '$1 0')
    .replaceAll(/node_version="[^"]*"/g, 'node_version="v0"');
}

async function render(
  snapshot: Snapshot | undefined,
  format: Format,
  options: Partial<ExpositionOptions> = {},
): Promise<string> {
  const exposition = new Exposition({ ...OPTIONS, ...options });
  exposition.observeTick(0.0125);
  return await textOf(exposition, snapshot, format);
}

async function textOf(
  exposition: Exposition,
  snapshot: Snapshot | undefined,
  format: Format,
): Promise<string> {
  return (await exposition.render(snapshot, format)).toString();
}

describe.each(FORMATS)('the whole exposition in the format %s', (format) => {
  test('is the golden file', async () => {
    const text = masked(await render(smallNode(), format, { waitHistogram: 'container' }));
    await expect(text).toMatchFileSnapshot(`../../test/fixtures/exposition.${format}.prom`);
  });

  test('names each family and each series once, and keeps the samples of a family together', async () => {
    const text = await render(smallNode(), format, { waitHistogram: 'container' });
    const lines = text.trimEnd().split('\n');
    const heads = lines.filter((line) => line.startsWith('# TYPE'));
    expect(new Set(heads.map((line) => line.split(' ')[2])).size).toBe(heads.length);
    const series = lines.filter((line) => !line.startsWith('#')).map(withoutReading);
    expect(new Set(series).size).toBe(series.length);
    for (const line of lines) expect(line).not.toBe('');
  });

  test('has no mining metrics with VIGIA_MINING_METRICS=off, and all others', async () => {
    const shown = masked(await render(smallNode(), format));
    expect(shown).toContain('vigia_pod_mining_score{');
    const hidden = masked(await render(smallNode(), format, { miningMetrics: 'off' }));
    const ofMining = /^(?:# \w+ )?vigia_pod_mining_.*\n/gm;
    expect(hidden).toBe(shown.replaceAll(ofMining, ''));
  });

  test('has only the metrics of the process before the first snapshot', async () => {
    const text = await render(undefined, format);
    expect(text).toContain('vigia_tick_duration_seconds_count 1\n');
    expect(text).toContain('vigia_build_info{version="1.2.3"');
    expect(text).not.toContain('vigia_node_');
  });

  test('is the same at the second scrape of a snapshot', async () => {
    const exposition = new Exposition(OPTIONS);
    const snapshot = smallNode();
    const first = masked(await textOf(exposition, snapshot, format));
    expect(masked(await textOf(exposition, snapshot, format))).toBe(first);
  });
});

test.each(['class', 'opencost'] as const)(
  'promtool accepts it, egress by %s included',
  async (egress) => {
    const input = await render(smallNode(), 'prometheus', { waitHistogram: 'container', egress });
    const promtool = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    expect(promtool.error, 'promtool is missing: apt-get install prometheus').toBeUndefined();
    expect(promtool.stdout + promtool.stderr).toBe('');
    expect(promtool.status).toBe(0);
  },
);

test('OpenMetrics ends with EOF and has the creation time of each counter', async () => {
  const text = await render(smallNode(), 'openmetrics');
  expect(text.endsWith('\n# EOF\n')).toBe(true);
  expect(text).toContain('# TYPE vigia_container_cpu_seconds counter\n');
  const labels = '{namespace="shop",pod="web-0",container="app"}';
  expect(text).toContain(
    `vigia_container_cpu_seconds_total${labels} 1.500000001\n` +
      `vigia_container_cpu_seconds_created${labels} 1767225610.5\n`,
  );
});

test('the Prometheus text has neither EOF nor created lines', async () => {
  const text = await render(smallNode(), 'prometheus');
  expect(text).not.toContain('EOF');
  expect(text).not.toContain('_created');
});

test('a pod that is gone from the snapshot is gone from the scrape', async () => {
  const exposition = new Exposition(OPTIONS);
  const snapshot = smallNode();
  expect(await textOf(exposition, snapshot, 'prometheus')).toContain('pod="web-0"');
  const without = { ...snapshot, pods: [], findings: [] };
  expect(await textOf(exposition, without, 'prometheus')).not.toContain('pod="web-0"');
});

test('a pod has at most 24 series and 3 per container, without throttling, histogram and mining', async () => {
  const text = await render(smallNode(), 'prometheus');
  const ofPod = text
    .split('\n')
    .filter((line) => line.includes('pod="web-0"') && !/_(mining|evidence)_/.test(line));
  const ofContainer = ofPod.filter((line) => line.includes('container='));
  expect(
    ofContainer.map(withoutReading).filter((line) => !line.includes('throttled')),
  ).toHaveLength(3);
  // The fixture sent protocol "other", but received none.
  expect(ofPod.length - ofContainer.length).toBe(24 - 2);
});

test("the pod's remainder is shown once it is not zero", async () => {
  const snapshot = smallNode();
  const remainder = 'vigia_container_cpu_seconds_total{namespace="shop",pod="web-0",container=""}';
  expect(await render(snapshot, 'prometheus')).not.toContain(remainder);

  const pods = snapshot.pods.map((pod) => ({
    ...pod,
    containers: pod.containers.map((one) => ({ ...one, cpu: { ...one.cpu, oncpuNs: 5e8 } })),
  }));
  expect(await render({ ...snapshot, pods }, 'prometheus')).toContain(`${remainder} 0.5\n`);
});

test('buckets of a histogram are cumulative and end with the count', async () => {
  const text = await render(smallNode(), 'prometheus');
  const counts = [...text.matchAll(/^vigia_node_cpu_wait_latency_seconds_bucket\S* (\d+)$/gm)];
  expect(counts.map(([, count]) => Number(count))).toEqual([6, 10, 13, 15, 16, 16, 16, 17]);
  expect(text).toContain('vigia_node_cpu_wait_latency_seconds_count 17\n');
});

function withoutReading(line: string): string {
  return line.slice(0, line.lastIndexOf(' '));
}
