const FIRST_BYTES = 32 * 1024;
/** The most UTF-8 bytes per UTF-16 unit. */
const MOST_BYTES_A_UNIT = 3;
/** Longest decimal text of a number in JavaScript is shorter. */
const MOST_BYTES_A_NUMBER = 32;
const NEWLINE = 10;

/**
 * An append-only, reusable byte buffer. Strings would be joined, encoded and discarded: about 6 MB per
 * scrape of a full node, which takes longer than the rest of the scrape.
 */
export class TextBuffer {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;

  add(text: string): void {
    this.#reserve(text.length * MOST_BYTES_A_UNIT);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** Adds one sample. `labels` ends with the space before the value; `reading` is ASCII. */
  addSample(name: Uint8Array, labels: Uint8Array, reading: string): void {
    this.#reserve(name.length + labels.length + MOST_BYTES_A_NUMBER);
    this.#bytes.set(name, this.#length);
    this.#length += name.length;
    this.#bytes.set(labels, this.#length);
    this.#length += labels.length;
    this.#length += this.#bytes.write(reading, this.#length, 'latin1');
    this.#bytes[this.#length++] = NEWLINE;
  }

  /** Returns the UTF-8 text added since the last call, and empties the buffer. */
  drain(): Buffer {
    const text = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    return text;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const bytes = Buffer.allocUnsafe(2 * needed);
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
  }
}

/** Caches encoded texts from one scrape to the next. A text that a scrape did not use is dropped. */
export class EncodedTexts {
  #known = new Map<string, Uint8Array>();
  #used = new Map<string, Uint8Array>();

  /** @param encode called if the key was not used in the last round */
  of(key: string, encode: (key: string) => string): Uint8Array {
    const used = this.#used.get(key);
    if (used) return used;
    const bytes = this.#known.get(key) ?? Buffer.from(encode(key));
    this.#used.set(key, bytes);
    return bytes;
  }

  endRound(): void {
    this.#known = this.#used;
    this.#used = new Map();
  }
}
