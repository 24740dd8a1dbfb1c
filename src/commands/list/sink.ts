/** The destination of a list: standard output, except in tests. */
export interface Sink {
  readonly write: (text: string) => void;
  /** For people: on stderr, so that programs need not parse it. */
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

/** Aborts with the signal, and when the reader closes standard output. */
export function whileRead(signal: AbortSignal): AbortSignal {
  const unread = new AbortController();
  process.stdout.once('error', () => unread.abort());
  return AbortSignal.any([signal, unread.signal]);
}

/** Moves to the upper left corner and clears the screen. */
export const CLEAR = '\u001b[H\u001b[2J';
