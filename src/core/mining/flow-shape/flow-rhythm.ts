/** What a flow carried in moments of equal length, the oldest first: payload bytes. */
export interface Moments {
  readonly sent: readonly number[];
  readonly received: readonly number[];
}

/** When who spoke. */
export interface FlowRhythm {
  /** Indexes of the moments in which the client spoke. */
  readonly sends: readonly number[];
  /** Of those in which only the client spoke, and only the server. */
  readonly questions: readonly number[];
  readonly alone: readonly number[];
  /** Share of the moments in which anything was carried. */
  readonly busy: number;
  /** Share of the pieces, a minute each by default, in which the client spoke. */
  readonly alive: number;
  /** Of the distances between sends: 0 is a clock, 1 is chance. */
  readonly irregularity: number;
  /** Bytes: the most in one moment, either way. */
  readonly most: number;
}

/** Moments that make one piece. */
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
 * Variance of the distances, as a share of what chance has at that rate; distances are whole moments,
 * so that a clock beside the ticks varies by the fraction of its period, which is taken off. Even
 * from half to one and a half of a period it is 0.08, from nine tenths to eleven tenths 0.003.
 */
function irregularityOf(sends: readonly number[]): number {
  const gaps = sends.length - 1;
  const mean = ((sends.at(-1) ?? 0) - (sends[0] ?? 0)) / gaps;
  // Where all but every moment has a send, nothing can be told.
  if (gaps < 2 || mean < 1.1) return 0;
  let squares = 0;
  for (let i = 1; i <= gaps; i++) squares += ((sends[i] ?? 0) - (sends[i - 1] ?? 0) - mean) ** 2;
  const fraction = mean - Math.floor(mean);
  const variance = squares / (gaps - 1) - fraction * (1 - fraction);
  return Math.max(0, variance) / (mean * (mean - 1));
}
