/** One entry of an Accept or Accept-Encoding header. */
interface Preference {
  readonly name: string;
  readonly parameters: readonly string[];
  /** 0 (not acceptable) to 1. */
  readonly quality: number;
}

export type ExpositionFormat = 'prometheus' | 'openmetrics';

/** Format and encoding of a scrape. */
export interface Representation {
  readonly format: ExpositionFormat;
  readonly isGzipped: boolean;
}

const MOST_REMEMBERED = 32;

/** Caches parsed headers, because scrapers send the same ones each time. */
export class Negotiation {
  readonly #remembered = new Map<string, Representation>();

  of(accept = '', acceptEncoding = ''): Representation {
    const key = `${accept}\n${acceptEncoding}`;
    const known = this.#remembered.get(key);
    if (known) return known;
    const [format, isGzipped] = [expositionFormat(accept), acceptsGzip(acceptEncoding)];
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear();
    const representation = { format, isGzipped };
    this.#remembered.set(key, representation);
    return representation;
  }
}

const OPENMETRICS = 'application/openmetrics-text';
const OPENMETRICS_VERSIONS = ['version=1.0.0', 'version=0.0.1'];
const TEXT = ['text/plain', 'text/*', '*/*'];

/**
 * OpenMetrics only for clients that accept it by name, with at least the weight of plain text.
 * All others get plain text, also if they accept neither: a 406 would help nobody.
 */
export function expositionFormat(accept: string | undefined): ExpositionFormat {
  const preferences = parsePreferences(accept);
  const openmetrics = Math.max(
    0,
    ...preferences.filter(isOpenmetrics).map((preference) => preference.quality),
  );
  const text = Math.max(
    0,
    ...preferences.filter(({ name }) => TEXT.includes(name)).map(({ quality }) => quality),
  );
  return openmetrics > 0 && openmetrics >= text ? 'openmetrics' : 'prometheus';
}

export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const preferences = parsePreferences(acceptEncoding);
  const named = preferences.find(({ name }) => name === 'gzip' || name === 'x-gzip');
  const any = preferences.find(({ name }) => name === '*');
  return ((named ?? any)?.quality ?? 0) > 0;
}

/** Only versions that this server implements. */
function isOpenmetrics({ name, parameters }: Preference): boolean {
  const version = parameters.find((parameter) => parameter.startsWith('version='));
  return name === OPENMETRICS && (!version || OPENMETRICS_VERSIONS.includes(version));
}

function parsePreferences(header = ''): Preference[] {
  return header
    .toLowerCase()
    .split(',')
    .map((entry) => {
      const [name = '', ...parameters] = entry.split(';').map((part) => part.trim());
      const weight = parameters.find((parameter) => parameter.startsWith('q='));
      return { name, parameters, quality: qualityOf(weight) };
    });
}

/** RFC 9110, 12.4.2: absent means 1. A malformed weight counts as 0. */
function qualityOf(weight: string | undefined): number {
  if (weight === undefined) return 1;
  const quality = Number(weight.slice(2));
  return quality >= 0 && quality <= 1 ? quality : 0;
}
