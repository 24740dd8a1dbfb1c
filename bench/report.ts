import { loadavg } from 'node:os';

/** One line of the report. */
export interface Figure {
  readonly what: string;
  readonly measured: number;
  readonly unit: string;
  /** Minimum and maximum over the rounds. */
  readonly range?: readonly [number, number];
  /** Must not be exceeded. */
  readonly limit?: number;
  readonly note?: string;
}

/** A group of measurements. Leaves nothing on the machine. */
export interface Section {
  readonly name: string;
  readonly title: string;
  readonly measure: (signal: AbortSignal) => Promise<Figure[]>;
}

export function isOver({ measured, limit }: Figure): boolean {
  return limit !== undefined && !(measured <= limit);
}

/** The lines of one section, in columns. */
export function figureLines(figures: readonly Figure[]): string[] {
  const width = Math.max(...figures.map(({ what }) => what.length));
  return figures.map((figure) => {
    const { what, measured, unit, range, limit, note } = figure;
    const verdict = limit === undefined ? '' : `≤ ${limit} ${isOver(figure) ? 'OVER' : 'ok'}`;
    const columns = [
      what.padEnd(width),
      `${short(measured).padStart(8)} ${unit.padEnd(6)}`,
      (range ? `${short(range[0])} … ${short(range[1])}` : '').padEnd(16),
      verdict.padEnd(11),
      note ?? '',
    ];
    return `  ${columns.join('  ')}`.trimEnd();
  });
}

/** For example "load 0.52 0.40 0.33". On a busy machine, the figures are less reliable. */
export function loadText(): string {
  return `load ${loadavg()
    .map((load) => load.toFixed(2))
    .join(' ')}`;
}

function short(figure: number): string {
  if (Number.isInteger(figure) || Math.abs(figure) >= 1000) return figure.toFixed(0);
  if (Math.abs(figure) >= 10) return figure.toFixed(1);
  return figure.toFixed(Math.abs(figure) >= 1 ? 2 : 3);
}
