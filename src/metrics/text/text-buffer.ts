const FIRST_BYTES = 32 * 1024;
/** UTF-8 bytes that one UTF-16 unit may take. */
const MOST_BYTES_A_UNIT = 3;
/** No number that JavaScript writes is longer. */
const MOST_BYTES_A_NUMBER = 32;
const NEWLINE = 10;

/**
 * Text that grows at its end, kept as bytes and reused. Strings would be joined, flattened, encoded
 * and thrown away: some six megabytes a scrape of a full node, which take longer than the rest of it.
 */
export class TextBuffer {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;

  add(text: string): void {
    this.#reserve(text.length * MOST_BYTES_A_UNIT);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** One sample: name and labels as bytes, ready to be followed by a reading in ASCII. */
  addSample(name: Uint8Array, labels: Uint8Array, reading: string): void {
    this.#reserve(name.length + labels.length + MOST_BYTES_A_NUMBER);
    this.#bytes.set(name, this.#length);
    this.#length += name.length;
    this.#bytes.set(labels, this.#length);
    this.#length += labels.length;
    this.#length += this.#bytes.write(reading, this.#length, 'latin1');
    this.#bytes[this.#length++] = NEWLINE;
  }

  /** Takes what was added since the last time, as UTF-8. */
  take(): Buffer {
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

/** Bytes of what is written at every scrape, kept from one to the next and forgotten when unused. */
export class EncodedTexts {
  #known = new Map<string, Uint8Array>();
  #used = new Map<string, Uint8Array>();

  /** @param encode called where the key was not asked for since the last round */
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
