import { expect, test } from 'vitest';
import type { Snapshot } from '../../core/snapshot.ts';
import { noFigures, usageOf } from '../../core/usage/figures.ts';
import { BILLED_APART, type BookedUsage } from '../../core/usage/usage.ts';
import { Exposition, type ExpositionOptions } from '../exposition.ts';
import { smallNode } from '../snapshot.fixture.ts';
import { seriesCosts } from './series-costs.ts';

const USAGE: BookedUsage = { ...usageOf(noFigures().fill(7)), evidenceLost: 0 };

/** Two pods, only one of which has a uid, with one container each, and one namespace. No counter is zero. */
function fullNode(): Snapshot {
  const snapshot = smallNode();
  const [model] = snapshot.pods;
  if (!model) throw new Error('the fixture has no pod');
  const container = { container: 'app', cpu: USAGE.cpu, throttledNs: 5, createdSeconds: 1 };
  const pod = { ...model, kind: 'kubernetes' as const, usage: USAGE, containers: [container] };
  return {
    ...snapshot,
    pods: [
      { ...pod, pod: 'with-uid', uid: 'aaaa' },
      { ...pod, pod: 'without', uid: '' },
    ],
    endedByNamespace: [{ namespace: 'shop', shares: [], usage: USAGE, createdSeconds: 1 }],
    findings: [],
  };
}

const COMBINATIONS = (['off', 'container'] as const).flatMap((waitHistogram) => [
  { waitHistogram, egress: 'off', billedApart: [] } as const,
  { waitHistogram, egress: 'class', billedApart: [] } as const,
  { waitHistogram, egress: 'opencost', billedApart: [] } as const,
  { waitHistogram, egress: 'opencost', billedApart: BILLED_APART } as const,
]);

test.each(COMBINATIONS)('the costs are what a full scrape shows: %j', async (options) => {
  const costs = seriesCosts({
    ...options,
    hasContainerHistogram: options.waitHistogram === 'container',
  });
  const series = await limitedSeries({ version: '1', maxSeries: 1000, ...options });
  const of = (label: string) => series.filter((line) => line.includes(label));
  const containers = of('container="app"');
  const withUid = of('="with-uid"').filter((line) => !containers.includes(line));
  const without = of('="without"').filter((line) => !containers.includes(line));
  expect(withUid).toHaveLength(costs.pod);
  expect(without).toHaveLength(costs.podWithoutUid);
  expect(containers).toHaveLength(2 * costs.container);
  expect(series.length - withUid.length - without.length - containers.length).toBe(costs.namespace);
});

test.each(COMBINATIONS)(
  'a full scrape shows as many series as are reserved: %j',
  async (options) => {
    const all = { version: '1', maxSeries: 1000, ...options };
    const text = (await new Exposition(all).render(fullNode(), 'prometheus')).toString();
    expect(text).toContain(`\nvigia_series ${(await limitedSeries(all)).length}\n`);
  },
);

test('settings add to the costs', () => {
  const least = { pod: 24, podWithoutUid: 24, container: 4, namespace: 26 };
  expect(seriesCosts()).toEqual(least);
  expect(seriesCosts({ hasContainerHistogram: true })).toEqual({ ...least, container: 4 + 10 });
  expect(seriesCosts({ egress: 'class' })).toEqual({
    ...least,
    pod: 24 + 7,
    podWithoutUid: 24 + 7,
    namespace: 26 + 7,
  });
  expect(seriesCosts({ egress: 'opencost' })).toEqual({ ...least, pod: 24 + 6, namespace: 26 + 7 });
});

/** Samples of pods, containers and namespaces. */
async function limitedSeries(options: ExpositionOptions): Promise<string[]> {
  const text = (await new Exposition(options).render(fullNode(), 'prometheus')).toString();
  return text.match(/^(?:vigia_(?:container|pod|namespace)|kubecost_pod)_.*$/gm) ?? [];
}
