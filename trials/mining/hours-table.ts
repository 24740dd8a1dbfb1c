import { table } from './markdown.ts';

/** False positives in a number of pod-hours. */
export interface Hours {
  readonly what: string;
  readonly podHours: number;
  readonly suspicions: number;
  readonly alerts: number;
}

/** Rates per 1,000 pod-hours, with the 95 % upper bound. */
export function hoursTable(all: readonly Hours[]): string {
  const heads = ['benign', 'pod-hours', 'alerts', 'suspicious', 'suspicious per 1,000 pod-hours'];
  const rows = all.map(({ what, podHours, suspicions, alerts }) => {
    const rate = (count: number) => ((1000 * count) / podHours).toFixed(2);
    const most = rate(mostBehind(suspicions));
    return [
      what,
      podHours.toLocaleString('en-US'),
      String(alerts),
      String(suspicions),
      `${rate(suspicions)} (at most ${most})`,
    ];
  });
  return table(heads, rows);
}

/** One-sided 95 % upper bound of a Poisson mean: 3.0 for none (rule of three), else Byar's approximation. */
export function mostBehind(count: number): number {
  if (count === 0) return -Math.log(0.05);
  const next = count + 1;
  return next * (1 - 1 / (9 * next) + 1.645 / (3 * Math.sqrt(next))) ** 3;
}
