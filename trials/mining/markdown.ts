import { wilson } from '../../lab/measure/statistics.ts';

export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heads, heads.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** "9/10 (59.6–98.2 %)": with the 95 % interval of the share. */
export function shareOf(found: number, trials: number): string {
  return `${found}/${trials} (${intervalOf(found, trials)})`;
}

export function intervalOf(found: number, trials: number): string {
  const [low, high] = wilson(found, trials).map((share) => (100 * share).toFixed(1));
  return `${low}–${high} %`;
}

/** A dash for NaN. */
export function percent(share: number): string {
  return Number.isNaN(share) ? '–' : `${(100 * share).toFixed(1)} %`;
}

export function secondsText(amount: number): string {
  return Number.isNaN(amount) ? '–' : `${amount.toFixed(0)} s`;
}

export function groupedBy<Each>(
  all: readonly Each[],
  keyOf: (each: Each) => string,
): Map<string, Each[]> {
  const groups = new Map<string, Each[]>();
  for (const each of all) {
    const group = groups.get(keyOf(each)) ?? [];
    group.push(each);
    groups.set(keyOf(each), group);
  }
  return groups;
}
