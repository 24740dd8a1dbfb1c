import { load } from 'js-yaml';

/** A value of a chart, from its values.yaml. */
export interface ChartValue {
  /** Keys separated by dots. */
  readonly path: string;
  readonly fallback: unknown;
  readonly description: string;
}

/**
 * The values with a comment that begins with `--`, in order. Such a comment is directly above its
 * key and may continue on further lines. Throws for a value without one.
 */
export function chartValues(yaml: string): ChartValue[] {
  const defaults = load(yaml);
  const values: ChartValue[] = [];
  const keys: { readonly indent: number; readonly name: string }[] = [];
  let description: string | undefined;
  for (const line of yaml.split('\n')) {
    const [, comment] = /^\s*# ?(.*)$/.exec(line) ?? [];
    if (comment !== undefined) {
      if (comment.startsWith('-- ')) description = comment.slice(3);
      else if (description !== undefined) description += ` ${comment}`;
      continue;
    }
    const [, spaces = '', name] = /^( *)([\w.]+):/.exec(line) ?? [];
    if (name === undefined) continue;
    while ((keys.at(-1)?.indent ?? -1) >= spaces.length) keys.pop();
    keys.push({ indent: spaces.length, name });
    if (description === undefined) continue;
    const path = keys.map((key) => key.name);
    values.push({ path: path.join('.'), fallback: at(defaults, path), description });
    description = undefined;
  }
  const undescribed = leaves(defaults, '').filter(
    (leaf) => !values.some(({ path }) => leaf === path || leaf.startsWith(`${path}.`)),
  );
  if (undescribed.length > 0) throw new Error(`no comment describes ${undescribed.join(', ')}`);
  return values;
}

function at(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, key) => (isTree(node) ? node[key] : undefined), tree);
}

/** Paths of all values that are not trees, and of empty trees. */
function leaves(tree: unknown, path: string): string[] {
  if (!isTree(tree) || Object.keys(tree).length === 0) return [path];
  return Object.entries(tree).flatMap(([key, node]) =>
    leaves(node, path === '' ? key : `${path}.${key}`),
  );
}

export function isTree(node: unknown): node is Readonly<Record<string, unknown>> {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}
