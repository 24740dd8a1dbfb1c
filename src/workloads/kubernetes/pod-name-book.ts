import { isDeepStrictEqual } from 'node:util';
import type { PodName, PodNames } from '../../core/place/pod-name.ts';
import type { ObjectSink } from './client/object-table.ts';
import type { PodObject } from './objects/pod-object.ts';

/** Ended pods whose names are kept: nine times the kubelet's default of 110 pods. */
const MOST_ENDED = 1024;
/** Container ids per pod whose names are kept, including earlier restarts. */
const MOST_IDS = 1024;

interface Entry {
  readonly uid: string;
  /** Whether its cgroups carry the uid of the API, unlike those of static pods. */
  readonly isOwn: boolean;
  readonly name: PodName;
}

/** Names of this node's pods, by the uid that their cgroups carry. */
export class PodNameBook implements PodNames, ObjectSink<PodObject> {
  readonly #nodeName: string;
  readonly #living = new Map<string, Entry>();
  /** The uid in the cgroup names of a container's pod, by container id. */
  readonly #uids = new Map<string, string>();
  /** Oldest first. */
  readonly #ended = new Map<string, Entry>();

  constructor(nodeName: string) {
    this.#nodeName = nodeName;
  }

  get size(): number {
    return this.#living.size;
  }

  nameOf(podUid: string): PodName | undefined {
    const key = keyOf(podUid);
    return (this.#living.get(key) ?? this.#ended.get(key))?.name;
  }

  uidOf(containerId: string): string | undefined {
    return this.#uids.get(containerId);
  }

  put({ uid, cgroupUid, nodeName, name }: PodObject): void {
    if (nodeName !== this.#nodeName) return;
    const key = keyOf(cgroupUid);
    const isOwn = uid === cgroupUid;
    const known = this.#living.get(key);
    const isKnown = known?.uid === uid;
    // A uid from the API is unique. Of two claims by static pods, the first holds until its pod ends.
    if (!isOwn && (this.#ended.get(key)?.isOwn || (known && !isKnown))) return;
    const merging = isKnown ? merged(known.name, name) : name;
    this.#living.set(key, { uid, isOwn, name: merging });
    if (merging === known?.name) return;
    if (known) this.#forgetIds(known.name, merging);
    for (const id of merging.containers.keys()) this.#uids.set(id, cgroupUid);
  }

  remove({ uid, cgroupUid }: PodObject): void {
    const key = keyOf(cgroupUid);
    const entry = this.#living.get(key);
    if (entry?.uid !== uid) return;
    this.#living.delete(key);
    this.#ended.delete(key);
    this.#ended.set(key, entry);
    for (const [oldest, { name }] of this.#ended) {
      if (this.#ended.size <= MOST_ENDED) break;
      this.#ended.delete(oldest);
      this.#forgetIds(name, this.#living.get(oldest)?.name);
    }
  }

  #forgetIds({ containers }: PodName, kept: PodName | undefined): void {
    for (const id of containers.keys()) if (!kept?.containers.has(id)) this.#uids.delete(id);
  }
}

/** The systemd driver writes `_` for each `-`. */
function keyOf(podUid: string): string {
  return podUid.replaceAll('_', '-');
}

/** Returns the same object if nothing changed. Ids that the API no longer lists keep their names. */
function merged(known: PodName, news: PodName): PodName {
  const fresh = [...news.containers].filter(([id, name]) => known.containers.get(id) !== name);
  const isSame =
    known.hostNetwork === news.hostNetwork &&
    known.ownerKind === news.ownerKind &&
    known.ownerName === news.ownerName &&
    isDeepStrictEqual(known.labels, news.labels);
  if (isSame && fresh.length === 0) return known;
  const containers = new Map([...known.containers, ...fresh]);
  for (const id of containers.keys()) {
    if (containers.size <= MOST_IDS) break;
    if (!news.containers.has(id)) containers.delete(id);
  }
  return { ...news, containers };
}
