/** One kind of object, with a filter. */
export interface Resource<T> {
  readonly name: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Undefined for a malformed object. */
  readonly read: (object: unknown) => T | undefined;
}
