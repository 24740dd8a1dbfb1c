import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ExpositionFormat } from './accept.ts';

const compress = promisify(gzip);

/** Where the text of a scrape comes from, in UTF-8. */
export interface Scrape {
  /** Changes when the text does: once a tick. */
  readonly revision: () => number;
  readonly render: (format: ExpositionFormat) => Promise<Buffer>;
  readonly contentType: (format: ExpositionFormat) => string;
}

/** Renders and compresses once a revision and format, whoever asks and however many at a time. */
export class ScrapeCache {
  readonly #scrape: Scrape;
  readonly #bodies = new Map<string, Promise<Buffer>>();
  #revision = Number.NaN;

  constructor(scrape: Scrape) {
    this.#scrape = scrape;
  }

  body(format: ExpositionFormat, gzipped: boolean): Promise<Buffer> {
    const revision = this.#scrape.revision();
    if (revision !== this.#revision) this.#bodies.clear();
    this.#revision = revision;
    return this.#once(gzipped ? `${format}.gz` : format, () =>
      gzipped
        ? this.body(format, false).then((text) => compress(text, { level: 1 }))
        : this.#scrape.render(format),
    );
  }

  /** A failure is not remembered: the next scrape tries again. */
  #once(key: string, make: () => Promise<Buffer>): Promise<Buffer> {
    const made = this.#bodies.get(key);
    if (made) return made;
    const body = make();
    this.#bodies.set(key, body);
    body.catch(() => {
      if (this.#bodies.get(key) === body) this.#bodies.delete(key);
    });
    return body;
  }
}
