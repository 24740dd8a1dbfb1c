/** A file that the repository holds and a generator writes. */
export interface GeneratedFile {
  /** From the root of the checkout. */
  readonly path: string;
  /** Undefined where the file has to go. */
  readonly text: string | undefined;
  /** What it is generated from, for the message. */
  readonly source: string;
}

export type Generator = () => readonly GeneratedFile[] | Promise<readonly GeneratedFile[]>;
