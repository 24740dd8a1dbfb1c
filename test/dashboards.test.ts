import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../lab/process/checkout.ts';

interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: GridPosition;
  readonly datasource?: { readonly uid: string };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

const FOLDER = join(ROOT, 'deploy/dashboards');
const files = readdirSync(FOLDER).map((name) => join(FOLDER, name));

test.each(files.map((file) => [basename(file), file]))('%s is valid', (name = '', file = '') => {
  const text = readFileSync(file, 'utf8');
  const { uid, panels, templating } = JSON.parse(text) as Dashboard;
  expect(`${uid}.json`).toBe(name);
  const variables = templating.list.map((variable) => variable.name);
  expect(variables.slice(0, 2)).toEqual(['datasource', 'cluster']);
  const used = [...text.matchAll(/\$(?!__)(\w+)/g)].map(([, variable]) => variable);
  expect(used.filter((variable) => !variables.includes(variable ?? ''))).toEqual([]);
  expect(variables.filter((variable) => !used.includes(variable))).toEqual([]);
  for (const what of ['id', 'title'] as const)
    expect(new Set(panels.map((panel) => panel[what])).size, what).toBe(panels.length);
  for (const panel of panels.filter(({ type }) => type !== 'row')) expectWhole(panel);
  for (const [i, { title, gridPos }] of panels.entries()) {
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    const over = panels.slice(i + 1).filter((other) => overlap(gridPos, other.gridPos));
    expect(
      over.map((other) => other.title),
      title,
    ).toEqual([]);
  }
});

function expectWhole({ title, description, datasource, fieldConfig, targets = [] }: Panel): void {
  expect(description, title).toMatch(/\.$/);
  expect(datasource?.uid, title).toBe('$datasource');
  expect(fieldConfig?.defaults.unit, title).toMatch(/^\w+$/);
  expect(targets.length, title).toBeGreaterThan(0);
  expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
}

function overlap(one: GridPosition, other: GridPosition): boolean {
  const across = one.x < other.x + other.w && other.x < one.x + one.w;
  return across && one.y < other.y + other.h && other.y < one.y + one.h;
}
