import type { Rows } from '../../core/reading/rows.ts';

/** Bytes that do not match bpf/lib/wire.h. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/** Memory layout of a C struct of bpf/lib/wire.h. */
export interface Layout<Row> {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly decode: (view: DataView, at: number) => Row;
  /** A row that reads its fields at a changeable position, for large tables. */
  readonly cursor?: (position: RowPosition) => Row;
}

/** The start of a row. */
export interface RowPosition {
  readonly view: DataView;
  at: number;
}

/** A u64, exact up to 2^53. Two 32-bit reads are three times faster than a bigint. */
export function u64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);
}

/**
 * Packed rows, decoded one at a time on each iteration and not stored: as objects, the rows of a
 * full node would need more memory than the rest of the daemon. Texts and addresses are views of
 * the bytes.
 */
export class PackedRows<Row> implements Rows<Row> {
  readonly length: number;
  readonly #view: DataView;
  readonly #layout: Layout<Row>;

  /** @param from origin of the bytes, for errors */
  constructor(bytes: Uint8Array, layout: Layout<Row>, from: string = layout.name) {
    const excess = bytes.length % layout.size;
    if (excess !== 0) {
      throw new WireError(
        `${from}: ${bytes.length} bytes are not a whole number of rows ` +
          `(${layout.name} has ${layout.size} bytes; ${excess} left over)`,
      );
    }
    this.length = bytes.length / layout.size;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#layout = layout;
  }

  *[Symbol.iterator](): Generator<Row> {
    const { size, decode } = this.#layout;
    for (let row = 0; row < this.length; row++) yield decode(this.#view, row * size);
  }

  /**
   * See Rows in core. For flows: 40 bytes of garbage per row instead of 1,066, in 1/6 of the time.
   */
  *inPlace(): Generator<Row> {
    const { size, cursor } = this.#layout;
    if (!cursor) return yield* this;
    const position = { view: this.#view, at: 0 };
    const row = cursor(position);
    for (; position.at < this.#view.byteLength; position.at += size) yield row;
  }
}

/** Decodes all packed rows. @param from origin of the bytes, for errors */
export function decodeRows<Row>(bytes: Uint8Array, layout: Layout<Row>, from?: string): Row[] {
  return Array.from(new PackedRows(bytes, layout, from));
}
