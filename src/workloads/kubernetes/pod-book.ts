import { isDeepStrictEqual } from 'node:util';
import type { PodName, PodNames } from '../../core/names.ts';
import type { ObjectSink } from './object-table.ts';
import type { PodObject } from './pod-object.ts';

/** Pods that ended and keep their names: nine times as many as a node by default has at once. */
const MOST_ENDED = 1024;
/** Container ids of one pod that keep their names, those of restarts before the last among them. */
const MOST_IDS = 1024;

interface Entry {
  readonly uid: string;
  readonly name: PodName;
}

/** Names of this node's pods, by the uid that their cgroups carry. */
export class PodBook implements PodNames, ObjectSink<PodObject> {
  readonly #nodeName: string;
  readonly #living = new Map<string, Entry>();
  /** From the first to the last that ended. */
  readonly #ended = new Map<string, Entry>();

  constructor(nodeName: string) {
    this.#nodeName = nodeName;
  }

  get size(): number {
    return this.#living.size;
  }

  nameOf(podUid: string): PodName | undefined {
    return (this.#living.get(podUid) ?? this.#ended.get(podUid))?.name;
  }

  put({ uid, cgroupUid, nodeName, name }: PodObject): void {
    if (nodeName !== this.#nodeName) return;
    const known = this.#living.get(cgroupUid);
    // Two images of one static pod: the first has it until it ends.
    if (known && known.uid !== uid) return;
    this.#living.set(cgroupUid, { uid, name: known ? merged(known.name, name) : name });
  }

  remove({ uid, cgroupUid }: PodObject): void {
    const entry = this.#living.get(cgroupUid);
    if (entry?.uid !== uid) return;
    this.#living.delete(cgroupUid);
    this.#ended.delete(cgroupUid);
    this.#ended.set(cgroupUid, entry);
    for (const oldest of this.#ended.keys()) {
      if (this.#ended.size <= MOST_ENDED) break;
      this.#ended.delete(oldest);
    }
  }
}

/** The same object where nothing new is known. Ids that the API tells no more keep their names. */
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
