/** A generated file in the repository. */
export interface GeneratedFile {
  /** Path from the root of the checkout. */
  readonly path: string;
  /** Undefined if the file must be deleted. */
  readonly text: string | undefined;
  /** Its source, for the message. */
  readonly source: string;
}

export type Generator = () => readonly GeneratedFile[] | Promise<readonly GeneratedFile[]>;
