/**
 * Generates src/kernel/tables/wire.gen.ts from the BTF of the compiled wire header.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { type BtfType, BtfTypes } from './btf.ts';
import type { GeneratedFile } from './generated-file.ts';
import { cursorClass } from './wire-cursors.ts';
import { camel, pascal, read, shown, tsType } from './wire-fields.ts';

const OBJECT = 'build/bpf/wire.bpf.o';
const OUTPUT = 'src/kernel/tables/wire.gen.ts';

export function generate(): GeneratedFile[] {
  const bpftool = process.env['VIGIA_BPFTOOL'] ?? 'bpftool';
  const dump = execFileSync(bpftool, ['-j', 'btf', 'dump', 'file', OBJECT], { encoding: 'utf8' });
  const btf = new BtfTypes((JSON.parse(dump) as { types: BtfType[] }).types);
  return [{ path: OUTPUT, text: moduleText(btf), source: 'the C header' }];
}

/** Names of the types that bpf/lib/wire.h declares as one of these, in their order there. */
function declared(btf: BtfTypes, as: 'row' | 'long_row' | 'stored'): readonly string[] {
  const prefix = `wire_${as}_`;
  return btf
    .variables()
    .flatMap((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : []));
}

const rows = (btf: BtfTypes) => [...declared(btf, 'row'), ...declared(btf, 'long_row')];

function moduleText(btf: BtfTypes): string {
  return [
    '// Code generated from the BTF of bpf/wire.bpf.c by tools/gen/wire.ts. DO NOT EDIT.',
    "import { type Layout, type RowPosition, u64 } from './layout.ts';",
    ...withNested(btf, rows(btf)).map((name) => rowInterface(btf, name)),
    ...withNested(btf, declared(btf, 'long_row')).map((name) => cursorClass(btf, name)),
    ...rows(btf).map((name) => layout(btf, name)),
    constants(btf),
  ].join('\n\n');
}

/** The named structs and all structs in them, innermost first. */
function withNested(btf: BtfTypes, names: readonly string[]): string[] {
  const found = new Set<string>();
  for (const name of names) {
    const inner = btf.struct(name).members.map(({ type_id }) => btf.element(type_id).base);
    const nested = inner.filter(({ kind }) => kind === 'STRUCT').map((type) => type.name);
    for (const each of [...withNested(btf, nested), name]) found.add(each);
  }
  return [...found];
}

function rowInterface(btf: BtfTypes, name: string): string {
  const fields = shown(btf, name).map(({ name: field, type_id }) => {
    return `  readonly ${camel(field)}: ${tsType(btf, type_id)};`;
  });
  return [`export interface ${pascal(name)} {`, ...fields, '}'].join('\n');
}

function layout(btf: BtfTypes, name: string): string {
  return [
    `export const ${camel(name)}: Layout<${pascal(name)}> = {`,
    `  name: '${name}',`,
    `  size: ${btf.struct(name).size},`,
    `  decode: (view, at) => (${decodeStruct(btf, name, 0, '  ')}),`,
    ...(declared(btf, 'long_row').includes(name)
      ? [`  cursor: (position) => new ${pascal(name)}Cursor(position, 0),`]
      : []),
    '};',
  ].join('\n');
}

function decodeStruct(btf: BtfTypes, name: string, offset: number, indent: string): string {
  const fields = shown(btf, name).map(({ name: field, type_id, bits_offset }) => {
    const value = decodeField(btf, type_id, offset + bits_offset / 8, `${indent}  `);
    return `${indent}  ${camel(field)}: ${value},`;
  });
  return ['{', ...fields, `${indent}}`].join('\n');
}

function decodeField(btf: BtfTypes, id: number, offset: number, indent: string): string {
  const { base, count } = btf.element(id);
  if (count === undefined) return decodeOne(btf, base, offset, indent);
  if (base.size === 1) return read(base, count, `at + ${offset}`);
  const size = base.size ?? 0;
  const items = Array.from({ length: count }, (_, i) =>
    decodeOne(btf, base, offset + i * size, `${indent}  `),
  );
  return ['[', ...items.map((item) => `${indent}  ${item},`), `${indent}]`].join('\n');
}

function decodeOne(btf: BtfTypes, type: BtfType, offset: number, indent: string): string {
  const at = offset === 0 ? 'at' : `at + ${offset}`;
  if (type.kind === 'STRUCT') return decodeStruct(btf, type.name, offset, indent);
  return read(type, undefined, at);
}

function constants(btf: BtfTypes): string {
  const names = (enumeration: string, prefix: string): string[] => {
    const all = btf.enumeration(enumeration).values.map(({ name }) => name);
    return all.slice(0, -1).map((name) => name.slice(prefix.length).toLowerCase());
  };
  const list = (items: readonly string[]): string =>
    ['[', ...items.map((item) => `  ${item},`), '] as const;'].join('\n');
  const losses = names('loss', 'LOST_').map((name) => name.split('__'));
  const slots = names('reserved_slot', 'SLOT_').map((name, i) => `  ${name}: ${i},`);
  const clues = names('clue_kind', 'CLUE_');
  const dialects = names('dialect', 'DIALECT_');
  const reasons = names('exec_reason', 'EXEC_');
  const sizes = declared(btf, 'stored').map(
    (name) => `  ${camel(name)}: ${btf.struct(name).size},`,
  );
  const quoted = (items: readonly string[]): string => list(items.map((item) => `'${item}'`));
  return [
    `/** Indexes of {@link CpuRow.runs}. */`,
    `export const PROGRAMS = ${quoted(names('program', 'PROGRAM_'))}`,
    '',
    `/** Indexes of {@link CpuRow.lost}. */`,
    `export const LOSSES = ${list(losses.map(([t, r]) => `{ table: '${t}', reason: '${r}' }`))}`,
    '',
    `/** Values of {@link ClueRow.kind}. */`,
    `export const CLUE_KINDS = ${quoted(clues)}`,
    '',
    `/** Dialects of a payload clue: bits of {@link ClueRow.detail}. */`,
    `export const DIALECTS = ${quoted(dialects)}`,
    '',
    `/** Reasons for an exec clue: bits of {@link ClueRow.detail}. */`,
    `export const EXEC_REASONS = ${quoted(reasons)}`,
    '',
    `/** Slots of the usage table that belong to no cgroup. */`,
    `export const RESERVED_SLOTS = {\n${slots.join('\n')}\n} as const;`,
    '',
    `/** Sizes of map values, in bytes. A usage row is a head and one cell per CPU. */`,
    `export const STORED_BYTES = {\n${sizes.join('\n')}\n} as const;`,
    '',
    `/** Changes with the layout of the map values. */`,
    `export const LAYOUT_HASH = '${hash(btf)}';`,
    '',
  ].join('\n');
}

function hash(btf: BtfTypes): string {
  const layouts = withNested(btf, declared(btf, 'stored')).map((name) => {
    const { size, members } = btf.struct(name);
    return { name, size, members: members.map((m) => [m.name, m.bits_offset]) };
  });
  return createHash('sha256').update(JSON.stringify(layouts)).digest('hex').slice(0, 8);
}
