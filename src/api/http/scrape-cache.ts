import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ExpositionFormat } from './accept.ts';
import { OnceARevision } from './once-a-revision.ts';

const compress = promisify(gzip);

/** The source of the exposition text, in UTF-8. */
export interface Scrape {
  /** Changes with the text, once a tick. */
  readonly revision: () => number;
  readonly render: (format: ExpositionFormat) => Promise<Buffer>;
  readonly contentType: (format: ExpositionFormat) => string;
}

/** Renders and compresses once per revision and format. */
export class ScrapeCache {
  readonly #scrape: Scrape;
  readonly #bodies: OnceARevision<Buffer>;

  constructor(scrape: Scrape) {
    this.#scrape = scrape;
    this.#bodies = new OnceARevision(scrape.revision);
  }

  body(format: ExpositionFormat, gzipped: boolean): Promise<Buffer> {
    if (!gzipped) return this.#bodies.get(format, () => this.#scrape.render(format));
    return this.#bodies.get(`${format}.gz`, async () =>
      compress(await this.body(format, false), { level: 1 }),
    );
  }
}
