import type { BtfType, BtfTypes } from './btf.ts';

type Members = ReturnType<BtfTypes['struct']>['members'];

/** The visible members of a struct. */
export function shown(btf: BtfTypes, name: string): Members {
  return btf.struct(name).members.filter((member) => member.name !== 'padding');
}

/** Its TypeScript type. */
export function tsType(btf: BtfTypes, id: number): string {
  const { base, count } = btf.element(id);
  if (count === undefined) return base.kind === 'STRUCT' ? pascal(base.name) : 'number';
  if (base.kind === 'STRUCT') return `readonly ${pascal(base.name)}[]`;
  return base.size === 1 ? 'Uint8Array' : 'readonly number[]';
}

/** Reads one number, or this many octets. */
export function read({ name, size }: BtfType, count: number | undefined, at: string): string {
  if (count !== undefined && size === 1)
    return `new Uint8Array(view.buffer, view.byteOffset + ${at}, ${count})`;
  if (count === undefined && size === 8) return `u64(view, ${at})`;
  if (count === undefined && size === 4) return `view.getUint32(${at}, true)`;
  throw new Error(`no decoder for ${count ?? 'one'} ${name} of ${size} bytes`);
}

/** `flow_row` becomes flowRow. */
export function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `flow_row` becomes FlowRow. */
export function pascal(name: string): string {
  const text = camel(name);
  return text.charAt(0).toUpperCase() + text.slice(1);
}
