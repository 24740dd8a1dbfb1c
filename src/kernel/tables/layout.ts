import type { Rows } from '../../core/reading/rows.ts';

/** Bytes that are not what bpf/lib/wire.h says they are. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/** How one C struct of bpf/lib/wire.h lies in memory. */
export interface Layout<Row> {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly decode: (view: DataView, at: number) => Row;
  /** A row that is always the one at the place. Tables that are long have one. */
  readonly cursor?: (place: Place) => Row;
}

/** Where a row begins. */
export interface Place {
  readonly view: DataView;
  at: number;
}

/** A u64 as two 32-bit reads, exact to 2^53: three times faster than by way of a bigint. */
export function u64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);
}

/**
 * Packed rows, decoded one at a time at each walk and kept by nobody: as objects, the rows of a full
 * node are more than all else that the daemon holds. Texts and addresses in them are views of the
 * bytes.
 */
export class PackedRows<Row> implements Rows<Row> {
  readonly length: number;
  readonly #view: DataView;
  readonly #layout: Layout<Row>;

  /** @param from names the origin of the bytes where they are torn */
  constructor(bytes: Uint8Array, layout: Layout<Row>, from: string = layout.name) {
    const torn = bytes.length % layout.size;
    if (torn !== 0) {
      throw new WireError(
        `${from}: ${bytes.length} bytes are no whole number of ${layout.name} ` +
          `(${layout.size} bytes each, ${torn} left over)`,
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

  /** See Rows of the core. Of flows: 40 bytes of garbage a row in place of 1,066, a sixth of the time. */
  *inPlace(): Generator<Row> {
    const { size, cursor } = this.#layout;
    if (!cursor) return yield* this;
    const place = { view: this.#view, at: 0 };
    const row = cursor(place);
    for (; place.at < this.#view.byteLength; place.at += size) yield row;
  }
}

/** Decodes packed rows at once. `from` names their origin where the bytes are torn. */
export function decodeRows<Row>(bytes: Uint8Array, layout: Layout<Row>, from?: string): Row[] {
  return Array.from(new PackedRows(bytes, layout, from));
}
