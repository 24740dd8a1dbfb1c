import { type Histogram, Registry } from 'prom-client';
import type { Snapshot } from '../core/snapshot.ts';
import { familyGroups } from './families/family-groups.ts';
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
  /** Limit on the series of pods, containers and namespaces: VIGIA_MAX_SERIES. */
  readonly maxSeries: number;
  /** VIGIA_WAIT_HISTOGRAM. */
  readonly waitHistogram: 'off' | 'container';
  readonly egress: EgressOptions['egress'];
  readonly billedApart?: EgressOptions['billedApart'];
  /** VIGIA_MINING_METRICS. Default: on. */
  readonly miningMetrics?: 'on' | 'off';
}

export function contentType(format: Format): string {
  return format === 'openmetrics'
    ? Registry.OPENMETRICS_CONTENT_TYPE
    : Registry.PROMETHEUS_CONTENT_TYPE;
}

/** Renders `/metrics`: the families made from a snapshot, then the registry of the process. */
export class Exposition {
  /** Metrics of the daemon itself: process, ticks, build. */
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

  /** UTF-8. Without a snapshot, only the registry of the process. */
  async render(snapshot: Snapshot | undefined, format: Format): Promise<Buffer> {
    const own = await registryText(this.registry, format);
    if (snapshot) {
      const target = { format, into: this.#text, labels: this.#labels };
      writeFamilies(this.#families, this.#book.scrapeOf(snapshot), target);
    }
    this.#text.add(own);
    if (format === 'openmetrics') this.#text.add('# EOF\n');
    return this.#text.drain();
  }
}
