/** Number of attempts by outcome. */
export interface Outcomes {
  readonly success: number;
  readonly error: number;
}

/** State of the watch of one Kubernetes resource. */
export interface WatchStatus {
  /** Name in the API: `pods`. */
  readonly resource: string;
  /** The list is complete, and a watch reports changes. */
  readonly isUp: boolean;
  /** Unix time in milliseconds; undefined before the first message. */
  readonly lastHeardMs: number | undefined;
  /** Stored objects: those that exist in the API, up to the limit. */
  readonly objects: number;
  /** Objects beyond the limit, as far as they can be counted without being stored. */
  readonly leftOut: number;
  readonly lists: Outcomes;
  readonly watches: Outcomes;
  /** Objects that were malformed or too long. */
  readonly malformed: number;
  /** Reason why it is down; undefined while it is up. */
  readonly trouble: string | undefined;
}
