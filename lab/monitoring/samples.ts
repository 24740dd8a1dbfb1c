export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly reading: number;
}

/** The samples of a scrape, in Prometheus's text format or in OpenMetrics. */
export class Samples {
  readonly all: readonly Sample[];

  constructor(text: string) {
    this.all = text.split('\n').flatMap((line) => sampleOf(line) ?? []);
  }

  /** Samples of one name that have at least these labels. */
  select(name: string, labels: Labels = {}): Sample[] {
    return this.all.filter((sample) => sample.name === name && hasLabels(sample, labels));
  }

  /** The single matching sample; throws if there are none or several. */
  one(name: string, labels: Labels = {}): number {
    const [sample, ...others] = this.select(name, labels);
    if (sample === undefined || others.length > 0)
      throw new Error(`want one ${name} ${JSON.stringify(labels)}: ${JSON.stringify(others)}`);
    return sample.reading;
  }

  sum(name: string, labels: Labels = {}): number {
    return this.select(name, labels).reduce((sum, { reading }) => sum + reading, 0);
  }

  /** The key of a series is equal in all scrapes. */
  byKey(): Map<string, number> {
    return new Map(
      this.all.map(({ name, labels, reading }) => [`${name} ${JSON.stringify(labels)}`, reading]),
    );
  }
}

export function hasLabels({ labels }: Pick<Sample, 'labels'>, wanted: Labels): boolean {
  return Object.entries(wanted).every(([name, text]) => labels[name] === text);
}

function sampleOf(line: string): Sample | undefined {
  const [, name, labels = '', reading] = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? [];
  if (name === undefined || reading === undefined) return undefined;
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
  return {
    name,
    labels: Object.fromEntries(pairs.map(([, key = '', text = '']) => [key, text])),
    reading: reading === '+Inf' ? Number.POSITIVE_INFINITY : Number(reading),
  };
}
