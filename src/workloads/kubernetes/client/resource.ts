/** One kind of object, and which of them. */
export interface Resource<T> {
  readonly name: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Undefined for what is none. */
  readonly read: (object: unknown) => T | undefined;
}
