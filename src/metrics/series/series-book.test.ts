import { expect, test } from 'vitest';
import { Ledger } from '../../core/ledger/ledger.ts';
import { noNames } from '../../core/place/pod-name.ts';
import type { Snapshot } from '../../core/snapshot.ts';
import { runTick } from '../../core/tick.ts';
import { Exposition } from '../exposition.ts';
import { largePathOf, largeReading } from '../snapshot.fixture.ts';
import { SeriesBook, type SeriesOptions } from './series-book.ts';
import { seriesCosts } from './series-costs.ts';

const COSTS = seriesCosts();
/** Three containers and a remainder. */
const WHOLE_POD = COSTS.pod + 4 * COSTS.container;

function node(pods: number): Snapshot {
  const steps = { nodeName: 'n', ledger: new Ledger(), judges: [] };
  const { snapshot } = runTick(steps, largeReading(pods), {
    pathOf: largePathOf,
    names: noNames,
    classOf: () => 'internet',
    throttledNsOf: () => undefined,
  });
  return snapshot;
}

const options = (maxSeries: number): SeriesOptions => ({
  maxSeries,
  waitHistogram: 'off',
  egress: 'off',
});

test('a pod is admitted whole or not at all', () => {
  // The very first row is zero, so that pod has no remainder yet.
  const room = COSTS.namespace + 3 * WHOLE_POD - COSTS.container + COSTS.pod;
  const scrape = new SeriesBook(options(room)).scrapeOf(node(5));

  expect(scrape.pods.map((pod) => pod.containers.length)).toEqual([3, 4, 4]);
  expect(scrape.droppedSeries).toBe(2 * WHOLE_POD);
});

test('a pod that was admitted stays when others come before it', () => {
  const book = new SeriesBook(options(COSTS.namespace + 2 * WHOLE_POD));
  const snapshot = node(4);
  const [first, second, third] = snapshot.pods;
  const shown = book.scrapeOf({ ...snapshot, pods: [second, third].flatMap((pod) => pod ?? []) });
  expect(shown.pods.map(({ usage }) => usage)).toEqual([second, third]);

  const later = book.scrapeOf({
    ...snapshot,
    pods: [first, second, third].flatMap((p) => p ?? []),
  });
  expect(later.pods.map(({ usage }) => usage)).toEqual([second, third]);
});

test('a scrape has no side effect: the same snapshot drops its series once', () => {
  const book = new SeriesBook(options(100));
  const snapshot = node(9);
  expect(book.scrapeOf(snapshot)).toBe(book.scrapeOf(snapshot));
});

test('the series of pods, containers and namespaces never exceed the limit', async () => {
  const exposition = new Exposition({ version: '1', ...options(500) });
  const text = (await exposition.render(node(50), 'prometheus')).toString();
  const bounded = text.match(/^vigia_(?:container|pod|namespace)_.*$/gm) ?? [];
  expect(bounded.length).toBeGreaterThan(300);
  expect(bounded.length).toBeLessThanOrEqual(500);
  expect(text).toMatch(/^vigia_series_dropped_total [1-9]/m);
});
