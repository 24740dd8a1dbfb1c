import { table } from './markdown.ts';

/** How often something was told in so many hours of pods. */
export interface Hours {
  readonly what: string;
  readonly podHours: number;
  readonly suspicions: number;
  readonly alerts: number;
}

/** In 1,000 hours of pods, with what it is at the most, by 95 %. */
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

/**
 * The highest mean of a Poisson distribution that so few are not unlikely of, by 95 % one-sided: 3.0
 * of none, the rule of three; else Byar's approximation.
 */
export function mostBehind(count: number): number {
  if (count === 0) return -Math.log(0.05);
  const next = count + 1;
  return next * (1 - 1 / (9 * next) + 1.645 / (3 * Math.sqrt(next))) ** 3;
}
