/** How many times something was tried, by how it ended. */
export interface Outcomes {
  readonly success: number;
  readonly error: number;
}

/** How the watch of one resource of the Kubernetes API fares. */
export interface WatchStatus {
  /** As the API calls it: `pods`. */
  readonly resource: string;
  /** All objects are known, and a watch tells what changes. */
  readonly isUp: boolean;
  /** Unix time, in milliseconds; undefined before the first word. */
  readonly lastHeardMs: number | undefined;
  /** Objects that are kept: those that the API has now, as far as it has told and there is room. */
  readonly objects: number;
  /** Objects that found no room, as far as can be told without them. */
  readonly leftOut: number;
  readonly lists: Outcomes;
  readonly watches: Outcomes;
  /** Objects that could not be understood, or were too long. */
  readonly malformed: number;
  /** Why it is not up; undefined while it is. */
  readonly trouble: string | undefined;
}
