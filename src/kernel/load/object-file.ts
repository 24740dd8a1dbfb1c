/** An object file in an unsupported format. */
export class ObjectFileError extends Error {
  override name = 'ObjectFileError';
}

interface Section {
  readonly name: string;
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

const SHT_SYMTAB = 2;
const SYMBOL_BYTES = 24;

/**
 * Sets `const volatile` integers in a copy of a BPF object (ELF64, little-endian). A libbpf
 * skeleton does the same; bpftool has no option for it.
 */
export function withConstants(
  object: Uint8Array,
  constants: Readonly<Record<string, number | bigint>>,
): Uint8Array {
  const patched = Uint8Array.from(object);
  const view = new DataView(patched.buffer);
  const sections = sectionsOf(view);
  const rodata = sections.findIndex(({ name }) => name === '.rodata');
  const at = symbolsIn(view, sections, rodata);
  for (const [name, wanted] of Object.entries(constants)) {
    const symbol = at.get(name);
    if (symbol === undefined) continue; // not used by this object
    if (symbol.size === 8) view.setBigUint64(symbol.offset, BigInt(wanted), true);
    else if (symbol.size === 4) view.setUint32(symbol.offset, Number(wanted), true);
    else throw new ObjectFileError(`${name} has ${symbol.size} bytes; only 4 and 8 are supported`);
  }
  return patched;
}

function sectionsOf(view: DataView): Section[] {
  if (view.byteLength < 64 || view.getUint32(0) !== 0x7f454c46 || view.getUint16(4) !== 0x0201)
    throw new ObjectFileError('not a little-endian ELF64 file');
  const table = Number(view.getBigUint64(40, true));
  const entryBytes = view.getUint16(58, true);
  const count = view.getUint16(60, true);
  const raw = Array.from({ length: count }, (_, i) => rawSection(view, table + i * entryBytes));
  const names = raw[view.getUint16(62, true)];
  if (names === undefined) throw new ObjectFileError('no section names');
  return raw.map((section) => ({
    ...section,
    name: textAt(view, names.offset + section.nameOffset),
  }));
}

function rawSection(view: DataView, at: number): Section & { readonly nameOffset: number } {
  return {
    name: '',
    nameOffset: view.getUint32(at, true),
    type: view.getUint32(at + 4, true),
    offset: Number(view.getBigUint64(at + 24, true)),
    size: Number(view.getBigUint64(at + 32, true)),
    link: view.getUint32(at + 40, true),
  };
}

/** File offsets and sizes of the symbols of one section. */
function symbolsIn(
  view: DataView,
  sections: readonly Section[],
  index: number,
): Map<string, { readonly offset: number; readonly size: number }> {
  const symbols = new Map<string, { offset: number; size: number }>();
  const home = sections[index];
  const table = sections.find(({ type }) => type === SHT_SYMTAB);
  const names = table && sections[table.link];
  if (home === undefined || table === undefined || names === undefined) return symbols;
  for (let at = table.offset; at < table.offset + table.size; at += SYMBOL_BYTES) {
    if (view.getUint16(at + 6, true) !== index) continue;
    const name = textAt(view, names.offset + view.getUint32(at, true));
    const offset = home.offset + Number(view.getBigUint64(at + 8, true));
    symbols.set(name, { offset, size: Number(view.getBigUint64(at + 16, true)) });
  }
  return symbols;
}

function textAt(view: DataView, at: number): string {
  let end = at;
  while (view.getUint8(end) !== 0) end++;
  return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at, end - at));
}
