import { expect, test } from 'vitest';
import {
  addBooked,
  addFigures,
  addPayload,
  CPU_END,
  FIGURES_END,
  type Figures,
  noFigures,
  raiseFigures,
  usageOf,
  writeFigures,
} from './figures.ts';
import { BOOKED_CLASSES } from './usage.ts';

/** Each figure differs from all others. */
function distinct(): Figures {
  return noFigures().map((_, i) => i + 1);
}

test('each figure is read from its own place, and written to it', () => {
  const figures = distinct();
  const usage = usageOf(figures);
  const shown = JSON.stringify(usage).match(/\d+/g)?.map(Number) ?? [];
  expect(shown.sort((a, b) => a - b)).toEqual([...figures]);
  const written = noFigures();
  writeFigures(usage, written);
  expect(written).toEqual(figures);
});

test('the figures of a container are its CPU figures', () => {
  const figures = noFigures();
  addFigures(distinct(), figures, 0, CPU_END);
  const { cpu, ...others } = usageOf(figures);
  expect(cpu).toEqual(usageOf(distinct()).cpu);
  const { cpu: _, ...nothing } = usageOf(noFigures());
  expect(others).toEqual(nothing);
});

test('payload is added to its class and direction, and to that of TCP', () => {
  const figures = noFigures();
  const classIndex = BOOKED_CLASSES.indexOf('internet');
  addBooked({ way: 'sent', bytes: 3, classIndex }, figures);
  addBooked({ way: 'received', bytes: 4, classIndex }, figures);
  addPayload({ sent: 5, received: 6 }, figures);
  const { egress, ingress, tcp } = usageOf(figures);
  expect([egress[classIndex], ingress[classIndex]]).toEqual([3, 4]);
  expect([tcp.payloadSent, tcp.payloadReceived]).toEqual([5, 6]);
});

test('figures are raised to larger ones only', () => {
  const [last, now, rise] = [distinct(), distinct(), noFigures()];
  expect(raiseFigures(now, last, rise)).toBe(false);
  now[0] = 0;
  now[FIGURES_END - 1] = FIGURES_END + 2;
  expect(raiseFigures(now, last, rise)).toBe(true);
  expect([last[0], last[FIGURES_END - 1]]).toEqual([1, FIGURES_END + 2]);
  expect(rise.reduce((sum, one) => sum + one, 0)).toBe(2);
});
