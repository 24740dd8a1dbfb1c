/** The daemon to call. */
export interface Asking {
  readonly socketPath: string;
  /** Longest wait for the response, or for the first one of a stream. */
  readonly timeoutMs: number;
}
