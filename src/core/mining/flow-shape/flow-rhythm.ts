/** Payload bytes of a flow in moments of equal length, oldest first. */
export interface Moments {
  readonly sent: readonly number[];
  readonly received: readonly number[];
}

/** When each side sent. */
export interface FlowRhythm {
  /** Indexes of the moments in which the client sent. */
  readonly sends: readonly number[];
  /** Indexes of the moments in which only the client sent, and in which only the server sent. */
  readonly questions: readonly number[];
  readonly alone: readonly number[];
  /** Share of the moments with any traffic. */
  readonly busy: number;
  /** Share of the pieces (one minute by default) in which the client sent. */
  readonly alive: number;
  /** Of the intervals between sends: 0 is a clock, 1 is random. */
  readonly irregularity: number;
  /** Maximum bytes in one moment, in either direction. */
  readonly most: number;
}

/** Moments per piece. */
const PIECE = 12;

export function rhythmOf({ sent, received }: Moments): FlowRhythm {
  const sends: number[] = [];
  const questions: number[] = [];
  const alone: number[] = [];
  let [most, pieces, lastPiece] = [0, 0, -1];
  for (let i = 0; i < sent.length; i++) {
    const out = sent[i] ?? 0;
    const back = received[i] ?? 0;
    most = Math.max(most, out, back);
    if (out === 0) {
      if (back > 0) alone.push(i);
      continue;
    }
    sends.push(i);
    if (back === 0) questions.push(i);
    const piece = Math.floor(i / PIECE);
    pieces += Number(piece !== lastPiece);
    lastPiece = piece;
  }
  return {
    sends,
    questions,
    alone,
    busy: (sends.length + alone.length) / sent.length,
    alive: pieces / Math.ceil(sent.length / PIECE),
    irregularity: irregularityOf(sends),
    most,
  };
}

/**
 * Variance of the intervals, relative to random sends at the same rate. Intervals are whole moments, so a
 * clock out of step with the ticks varies by the fraction of its period; this part is subtracted. A clock
 * with ±50 % of jitter has 0.08, with ±10 % 0.003.
 */
function irregularityOf(sends: readonly number[]): number {
  const gaps = sends.length - 1;
  const mean = ((sends.at(-1) ?? 0) - (sends[0] ?? 0)) / gaps;
  // With a send in almost every moment the intervals carry no information.
  if (gaps < 2 || mean < 1.1) return 0;
  let squares = 0;
  for (let i = 1; i <= gaps; i++) squares += ((sends[i] ?? 0) - (sends[i - 1] ?? 0) - mean) ** 2;
  const fraction = mean - Math.floor(mean);
  const variance = squares / (gaps - 1) - fraction * (1 - fraction);
  return Math.max(0, variance) / (mean * (mean - 1));
}
