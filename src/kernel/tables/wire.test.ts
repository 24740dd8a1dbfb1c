import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { DIALECTS as DIALECT_RULES } from '../../core/mining/detectors/dialect.ts';
import { EXEC_REASONS as REASONS } from '../../core/mining/detectors/exec.ts';
import { CLUE_KIND } from '../../core/reading/clue.ts';
import { type Layout, PackedRows } from './layout.ts';
import { CLUE_KINDS, connectionRow, DIALECTS, EXEC_REASONS, flowRow } from './wire.gen.ts';

test('core and kernel number the kinds of clues alike', () => {
  expect(Object.entries(CLUE_KIND)).toEqual(CLUE_KINDS.map((kind, i) => [kind, i]));
});

test('core has a rule for each dialect of the kernel, and only pools push', () => {
  const pools = DIALECTS.flatMap((name, i) => (/_(job|push|offer)$/.test(name) ? i : []));
  expect(DIALECT_RULES).toHaveLength(DIALECTS.length);
  expect(DIALECT_RULES.flatMap(({ speaker }, i) => (speaker === 'pool' ? i : []))).toEqual(pools);
});

test('core and kernel list the reasons of exec clues alike', () => {
  expect(REASONS).toEqual(EXEC_REASONS);
});

test.each<Layout<object>>([flowRow, connectionRow])(
  'rows of $name have the same fields in place and decoded',
  (layout) => {
    const rows = new PackedRows(randomBytes(5 * layout.size), layout);
    const inPlace: unknown[] = [];
    for (const row of rows.inPlace()) inPlace.push(shapedAs([...rows][inPlace.length], row));
    expect(inPlace).toEqual([...rows]);
    expect(inPlace).toHaveLength(5);
  },
);

/** The fields of a row that also exist in the model. */
function shapedAs(model: unknown, row: unknown): unknown {
  if (typeof model !== 'object' || model === null || model instanceof Uint8Array) return row;
  const fields = row as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(model).map(([name, value]) => [name, shapedAs(value, fields[name])]),
  );
}
