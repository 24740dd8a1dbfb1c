/** Where a list goes: standard output, of which a terminal tells its size. */
export interface Sink {
  readonly write: (text: string) => void;
  /** For people alone: what no program should have to parse. */
  readonly note: (text: string) => void;
  /** Undefined unless it is a terminal. */
  readonly size: () => Size | undefined;
}

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

export const standardOutput: Sink = {
  write: (text) => process.stdout.write(text),
  note: (text) => process.stderr.write(text),
  size: () => (process.stdout.isTTY ? process.stdout : undefined),
};

/** Aborts when nobody reads standard output any more, too. */
export function whileRead(signal: AbortSignal): AbortSignal {
  const unread = new AbortController();
  process.stdout.once('error', () => unread.abort());
  return AbortSignal.any([signal, unread.signal]);
}

/** Moves to the upper left corner and clears the screen. */
export const CLEAR = '\u001b[H\u001b[2J';
