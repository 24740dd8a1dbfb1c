/** A row of the kernel's path table. */
export interface KernelPath {
  readonly cgroupId: number;
  /** 0: unknown. */
  readonly pathBytes: number;
  /** Any bytes but zero; not always UTF-8. */
  readonly path: Uint8Array;
}

export type PathOf = (cgroupId: number) => string | undefined;

export interface PathSources {
  /** Levels at the start of the kernel's paths that are above the cgroups that the node sees. */
  readonly hiddenLevels?: () => number;
  /** Paths that the kernel reported when a cgroup was created or removed. */
  readonly kernelPaths: (signal?: AbortSignal) => Promise<readonly KernelPath[]>;
  /** Cgroup id → path from the root that the node sees, for all existing cgroups. */
  readonly walk: (signal?: AbortSignal) => Promise<ReadonlyMap<number, string>>;
  /** Called when a walk fails. Counting continues, and the cgroups stay unattributed. */
  readonly onWalkError?: (error: unknown) => void;
}

interface Search {
  tries: number;
  /** Tick of the next search. */
  notBefore: number;
}

/** Longest pause between two searches for the same id, in ticks. */
const LONGEST_PAUSE = 64;

/**
 * Paths of the cgroups that have rows. Searches for new ids in the kernel's table first, then in the
 * tree; searches for ids that neither has become rarer.
 */
export class CgroupPaths {
  readonly #sources: PathSources;
  #paths = new Map<number, string>();
  /** Ids are never reused, so the result of a walk stays valid. */
  #walked: ReadonlyMap<number, string> = new Map();
  #searches = new Map<number, Search>();
  #tick = 0;

  constructor(sources: PathSources) {
    this.#sources = sources;
  }

  /** Call once per tick with the ids of all rows. Forgets all other ids. */
  async resolve(cgroupIds: readonly number[], signal?: AbortSignal): Promise<PathOf> {
    this.#tick += 1;
    this.#keepOnly(cgroupIds);
    const unknown = this.#unknownOf(cgroupIds);
    if (unknown.some((id) => this.#isDue(id))) await this.#search(unknown, signal);
    const paths = this.#paths;
    return (cgroupId) => paths.get(cgroupId);
  }

  #keepOnly(cgroupIds: readonly number[]): void {
    const paths = new Map<number, string>();
    const searches = new Map<number, Search>();
    for (const id of cgroupIds) {
      const path = this.#paths.get(id) ?? this.#walked.get(id);
      if (path !== undefined) paths.set(id, path);
      const search = this.#searches.get(id);
      if (search !== undefined) searches.set(id, search);
    }
    this.#paths = paths;
    this.#searches = searches;
  }

  async #search(unknown: readonly number[], signal?: AbortSignal): Promise<void> {
    const wanted = new Set(unknown);
    const hiddenLevels = this.#sources.hiddenLevels?.() ?? 0;
    for (const row of await this.#sources.kernelPaths(signal)) {
      if (row.pathBytes > 0 && wanted.has(row.cgroupId)) {
        this.#paths.set(row.cgroupId, pathBelow(textOf(row), hiddenLevels));
      }
    }
    const missing = this.#unknownOf(unknown);
    if (missing.length > 0) await this.#walk(missing, signal);
    for (const id of this.#unknownOf(missing)) this.#postpone(id);
    for (const id of unknown) if (this.#paths.has(id)) this.#searches.delete(id);
  }

  async #walk(missing: readonly number[], signal?: AbortSignal): Promise<void> {
    try {
      this.#walked = await this.#sources.walk(signal);
    } catch (error) {
      signal?.throwIfAborted();
      this.#sources.onWalkError?.(error);
      return;
    }
    for (const id of missing) {
      const path = this.#walked.get(id);
      if (path !== undefined) this.#paths.set(id, path);
    }
  }

  #unknownOf(cgroupIds: readonly number[]): number[] {
    return cgroupIds.filter((id) => id !== 0 && !this.#paths.has(id));
  }

  #isDue(cgroupId: number): boolean {
    return this.#tick >= (this.#searches.get(cgroupId)?.notBefore ?? 0);
  }

  #postpone(cgroupId: number): void {
    const tries = (this.#searches.get(cgroupId)?.tries ?? 0) + 1;
    const notBefore = this.#tick + Math.min(2 ** tries, LONGEST_PAUSE);
    this.#searches.set(cgroupId, { tries, notBefore });
  }
}

function pathBelow(path: string, levels: number): string {
  const names = path.split('/').slice(1);
  return `/${names.slice(levels).join('/')}`;
}

const utf8 = new TextDecoder();

/** Bytes that are not UTF-8 become U+FFFD. */
function textOf({ path, pathBytes }: KernelPath): string {
  return utf8.decode(path.subarray(0, pathBytes));
}
