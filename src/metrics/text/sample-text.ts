import { WAIT_BOUNDS_SECONDS } from '../../core/usage/usage.ts';
import type { Family, SampleSink } from '../family.ts';
import type { Scrape } from '../scrape.ts';
import { escapeHelp, joinLabels } from './label-text.ts';
import type { EncodedTexts, TextBuffer } from './text-buffer.ts';

export type Format = 'prometheus' | 'openmetrics';

/** Buckets, sum and count. */
export const HISTOGRAM_SERIES: number = WAIT_BOUNDS_SECONDS.length + 2;

const BUCKET_LABELS = WAIT_BOUNDS_SECONDS.map((bound) => `le="${numberText(bound)}"`);

/** Destination and format of a text. */
export interface Target {
  readonly format: Format;
  readonly into: TextBuffer;
  /** Label texts with braces, encoded. Most of them appear in many families. */
  readonly labels: EncodedTexts;
}

/** Writes families in order. A family without samples writes no head. */
export function writeFamilies(families: readonly Family[], scrape: Scrape, target: Target): void {
  const moments: Moments = new Map();
  for (const family of families) {
    if (family.isShown && !family.isShown(scrape)) continue;
    family.write(scrape, new TextSink(family, target, moments));
  }
  target.labels.endRound();
}

/** Text of creation times. Each appears in all families of its pod. */
type Moments = Map<number, string>;

export interface Head {
  readonly name: string;
  readonly help: string;
  readonly type: string;
}

/** `# HELP` and `# TYPE`. In OpenMetrics, counters and infos have no suffix here. */
export function headText({ name, help, type }: Head, format: Format): string {
  const isOpenMetrics = format === 'openmetrics';
  const shownName = isOpenMetrics ? familyName(name, type) : name;
  const shownType = type === 'info' && !isOpenMetrics ? 'gauge' : type;
  const shownHelp = escapeHelp(help, isOpenMetrics);
  return `# HELP ${shownName} ${shownHelp}\n# TYPE ${shownName} ${shownType}\n`;
}

export function sampleText(name: string, labels: string, reading: number): string {
  return `${name}${bracedLabels(labels)}${numberText(reading)}\n`;
}

/** The text between the name and the value of a sample. */
function bracedLabels(labels: string): string {
  return labels === '' ? ' ' : `{${labels}} `;
}

export function numberText(reading: number): string {
  if (Number.isFinite(reading)) return String(reading);
  if (Number.isNaN(reading)) return 'NaN';
  return reading > 0 ? '+Inf' : '-Inf';
}

function familyName(name: string, type: string): string {
  if (type === 'counter') return name.replace(/_total$/, '');
  return type === 'info' ? name.replace(/_info$/, '') : name;
}

class TextSink implements SampleSink {
  readonly #family: Family;
  readonly #target: Target;
  readonly #moments: Moments;
  readonly #name: Uint8Array;
  /** Undefined if the format has no `_created`. */
  readonly #createdName: Uint8Array | undefined;
  #hasHead = false;

  constructor(family: Family, target: Target, moments: Moments) {
    const { name, type } = family;
    this.#family = family;
    this.#target = target;
    this.#moments = moments;
    this.#name = Buffer.from(name);
    if (target.format === 'openmetrics') {
      this.#createdName = Buffer.from(`${familyName(name, type)}_created`);
    }
  }

  sample(labels: string, reading: number, createdSeconds?: number): void {
    if (!this.#hasHead) this.#head();
    const { into, labels: texts } = this.#target;
    const bytes = texts.of(labels, bracedLabels);
    into.addSample(this.#name, bytes, numberText(reading));
    if (createdSeconds === undefined || !this.#createdName) return;
    into.addSample(this.#createdName, bytes, this.#momentText(createdSeconds));
  }

  histogram(labels: string, counts: readonly number[], sum: number, createdSeconds: number): void {
    if (!this.#hasHead) this.#head();
    const { into } = this.#target;
    const { name, type } = this.#family;
    let cumulative = 0;
    for (const [i, bucket] of BUCKET_LABELS.entries()) {
      cumulative += counts[i] ?? 0;
      into.add(sampleText(`${name}_bucket`, joinLabels(labels, bucket), cumulative));
    }
    into.add(sampleText(`${name}_sum`, labels, sum));
    into.add(sampleText(`${name}_count`, labels, cumulative));
    if (this.#createdName) {
      into.add(sampleText(`${familyName(name, type)}_created`, labels, createdSeconds));
    }
  }

  #head(): void {
    this.#hasHead = true;
    this.#target.into.add(headText(this.#family, this.#target.format));
  }

  #momentText(seconds: number): string {
    const known = this.#moments.get(seconds);
    if (known !== undefined) return known;
    const text = numberText(seconds);
    this.#moments.set(seconds, text);
    return text;
  }
}
