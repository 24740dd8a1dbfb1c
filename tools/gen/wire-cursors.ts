import type { BtfTypes } from './btf.ts';
import { camel, pascal, read, shown, tsType } from './wire-fields.ts';

/** A struct at this byte offset of the cursor. */
export function cursorClass(btf: BtfTypes, name: string): string {
  const fields = shown(btf, name).map(({ name: field, type_id, bits_offset }) => {
    const { base, count } = btf.element(type_id);
    return { field: camel(field), type: tsType(btf, type_id), base, count, at: bits_offset / 8 };
  });
  const nested = fields.filter(({ base }) => base.kind === 'STRUCT');
  const plain = fields.filter(({ base }) => base.kind !== 'STRUCT');
  return [
    `class ${pascal(name)}Cursor implements ${pascal(name)} {`,
    '  readonly #position: RowPosition;',
    '  readonly #from: number;',
    ...nested.map(({ field, type }) => `  readonly ${field}: ${type};`),
    '  constructor(position: RowPosition, from: number) {',
    '    this.#position = position;',
    '    this.#from = from;',
    ...nested.map(
      ({ field, type, at }) => `    this.${field} = new ${type}Cursor(position, from + ${at});`,
    ),
    '  }',
    ...plain.flatMap(({ field, type, base, count, at }) => [
      `  get ${field}(): ${type} {`,
      '    const { view } = this.#position;',
      `    return ${read(base, count, `this.#position.at + this.#from + ${at}`)};`,
      '  }',
    ]),
    '}',
  ].join('\n');
}
