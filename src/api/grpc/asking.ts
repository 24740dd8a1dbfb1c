/** Which daemon is asked. */
export interface Asking {
  readonly socketPath: string;
  /** How long an answer is waited for, or the first of several. */
  readonly timeoutMs: number;
}
