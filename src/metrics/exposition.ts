import { type Histogram, Registry } from 'prom-client';
import type { Snapshot } from '../core/snapshot.ts';
import { familyGroups } from './families/families.ts';
import { miningFamilies } from './families/mining.ts';
import { buildInfo, processMetrics, tickDuration } from './families/process.ts';
import type { Family } from './family.ts';
import type { EgressOptions } from './scrape.ts';
import { SeriesBook } from './series/series-book.ts';
import { registryText } from './text/registry-text.ts';
import { type Format, writeFamilies } from './text/sample-text.ts';
import { EncodedTexts, TextBuffer } from './text/text-buffer.ts';

export type { Format } from './text/sample-text.ts';

export interface ExpositionOptions {
  readonly version: string;
  /** Bound on the series of pods, containers and namespaces: VIGIA_MAX_SERIES. */
  readonly maxSeries: number;
  /** VIGIA_WAIT_HISTOGRAM. */
  readonly waitHistogram: 'off' | 'container';
  readonly egress: EgressOptions['egress'];
  readonly billedApart?: EgressOptions['billedApart'];
  /** VIGIA_MINING_METRICS: on unless given. */
  readonly miningMetrics?: 'on' | 'off';
}

export function contentType(format: Format): string {
  return format === 'openmetrics'
    ? Registry.OPENMETRICS_CONTENT_TYPE
    : Registry.PROMETHEUS_CONTENT_TYPE;
}

/** All that `/metrics` shows: families made from a snapshot, and the process's own registry. */
export class Exposition {
  /** Of the daemon itself: process, ticks, build. */
  readonly registry: Registry = new Registry();
  readonly #tickDuration: Histogram;
  readonly #book: SeriesBook;
  readonly #families: readonly Family[];
  readonly #text = new TextBuffer();
  readonly #labels = new EncodedTexts();

  constructor(options: ExpositionOptions) {
    this.#book = new SeriesBook(options);
    const hasMining = options.miningMetrics !== 'off';
    const groups = familyGroups.filter((group) => hasMining || group !== miningFamilies);
    this.#families = groups.flatMap(({ families }) => families);
    buildInfo(this.registry, options.version);
    this.#tickDuration = tickDuration(this.registry);
    processMetrics(this.registry);
  }

  observeTick(seconds: number): void {
    this.#tickDuration.observe(seconds);
  }

  /**
   * UTF-8. Without a snapshot only what the daemon says of itself. NOTE: async as the registry is.
   */
  async render(snapshot: Snapshot | undefined, format: Format): Promise<Buffer> {
    const own = await registryText(this.registry, format);
    if (snapshot) {
      const target = { format, into: this.#text, labels: this.#labels };
      writeFamilies(this.#families, this.#book.scrapeOf(snapshot), target);
    }
    this.#text.add(own);
    if (format === 'openmetrics') this.#text.add('# EOF\n');
    return this.#text.take();
  }
}
