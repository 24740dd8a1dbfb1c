import { podShares, type SharedPlace, shortId } from '../place/place.ts';
import type { PodName, PodNames } from '../place/pod-name.ts';
import { nameKey } from '../text/safe-text.ts';
import { type Cgroup, ContainerAccount, PodAccount } from './account.ts';

/** The open accounts, by the labels of their series. */
export class PodBook {
  readonly #pods = new Map<string, PodAccount>();
  readonly #podsByUid = new Map<string, PodAccount>();
  /**
   * Containers that an engine keeps outside the kubelet's root, by full id. They may belong to
   * pods.
   */
  readonly #strays = new Map<string, PodAccount>();
  readonly #containers = new ContainerUids();

  accounts(): Iterable<PodAccount> {
    return this.#pods.values();
  }

  /**
   * Adds a row to the account of its place, and opens that account if needed. Undefined for a
   * helper of a container that is not known yet.
   */
  join(place: SharedPlace, cgroup: Cgroup, names: PodNames): ContainerAccount | undefined {
    const servesId = servedBy(place);
    if (servesId === undefined) return this.#join(this.#inPod(place, names), cgroup, names);
    const uid = this.#containers.uidOf(servesId) ?? names.uidOf(servesId);
    return uid === undefined ? undefined : this.#join(placeInPod(place, uid), cgroup, names);
  }

  #inPod(place: SharedPlace, names: PodNames): SharedPlace {
    const uid = mayBePods(place) ? names.uidOf(place.containerId) : undefined;
    return uid === undefined ? place : placeInPod(place, uid);
  }

  #join(place: SharedPlace, cgroup: Cgroup, names: PodNames): ContainerAccount {
    const name = place.podUid === '' ? undefined : names.nameOf(place.podUid);
    const pod = this.#podsByUid.get(place.podUid) ?? this.#podNamed(place, name);
    if (place.podUid !== '') this.#podsByUid.set(place.podUid, pod);
    if (mayBePods(place)) this.#strays.set(place.containerId, pod);
    this.#containers.join(place);
    pod.join(place.podUid, name ?? pod.name, cgroup.bornNs);

    const label = name?.containers.get(place.containerId) ?? place.container;
    let container = pod.containers.get(nameKey(label));
    if (!container) {
      container = new ContainerAccount(pod, label, place.containerId);
      pod.containers.set(nameKey(label), container);
      pod.touch();
    }
    container.join(place, cgroup);
    foldSandbox(pod);
    return container.mergedInto ?? container;
  }

  /** Closes the account after its last row has left. */
  close(container: ContainerAccount): { readonly isPodClosed: boolean } {
    const { pod } = container;
    pod.containers.delete(nameKey(container.label));
    pod.touch();
    if (pod.containers.size > 0) return { isPodClosed: false };
    this.#pods.delete(keyOf(pod));
    for (const uids of [this.#podsByUid, this.#strays])
      for (const [uid, owner] of uids) if (owner === pod) uids.delete(uid);
    return { isPodClosed: true };
  }

  /** Removes a row of the place. */
  leave(place: SharedPlace): void {
    this.#containers.leave(place);
  }

  /** Applies new names of pods. */
  rename(names: PodNames): void {
    for (const [containerId, pod] of this.#strays) {
      const uid = names.uidOf(containerId);
      if (uid !== undefined) this.#adopt(pod, containerId, uid);
    }
    for (const [uid, pod] of this.#podsByUid) {
      const name = names.nameOf(uid);
      if (name === undefined || name === pod.name || uid !== pod.uid) continue;
      if (pod.name && !isNamesake(pod.name, name)) continue;
      pod.name = name;
      pod.touch();
      renameContainers(pod, name);
      this.#movePod(pod, name);
    }
  }

  /** A container outside the root turned out to belong to a pod. Moves its usage there. */
  #adopt(stray: PodAccount, containerId: string, uid: string): void {
    this.#strays.delete(containerId);
    const pod = this.#podsByUid.get(uid);
    stray.becomePod(uid, pod?.name);
    if (pod === undefined) {
      this.#podsByUid.set(uid, stray);
      return;
    }
    this.#pods.delete(keyOf(stray));
    this.#merge(stray, pod);
    if (pod.name) renameContainers(pod, pod.name);
  }

  #podNamed(place: SharedPlace, name: PodName | undefined): PodAccount {
    const fresh = new PodAccount(place, name);
    const pod = this.#pods.get(keyOf(fresh)) ?? fresh;
    this.#pods.set(keyOf(pod), pod);
    return pod;
  }

  #movePod(pod: PodAccount, name: PodName): void {
    if (isNamesake(pod, name)) return;
    this.#pods.delete(keyOf(pod));
    pod.namespace = name.namespace;
    pod.pod = name.pod;
    const namesake = this.#pods.get(keyOf(pod));
    if (namesake) this.#merge(pod, namesake);
    else this.#pods.set(keyOf(pod), pod);
  }

  #merge(pod: PodAccount, into: PodAccount): void {
    into.absorb(pod);
    for (const [uid, owner] of this.#podsByUid) if (owner === pod) this.#podsByUid.set(uid, into);
    for (const container of pod.containers.values()) {
      container.pod = into;
      addContainer(into, container);
    }
  }
}

/** Maps containers below the kubelet's root to their pods. */
class ContainerUids {
  readonly #known = new Map<string, { readonly uid: string; rows: number }>();

  uidOf(containerId: string): string | undefined {
    return this.#known.get(containerId)?.uid;
  }

  join({ containerId, podUid: uid }: SharedPlace): void {
    if (containerId === '' || uid === '') return;
    const known = this.#known.get(containerId) ?? { uid, rows: 0 };
    known.rows += 1;
    this.#known.set(containerId, known);
  }

  leave({ containerId }: SharedPlace): void {
    const known = this.#known.get(containerId);
    if (!known) return;
    known.rows -= 1;
    if (known.rows === 0) this.#known.delete(containerId);
  }
}

/** Ignores names that a user other than root chose. */
function servedBy({ servesId, isLent }: SharedPlace): string | undefined {
  return isLent ? undefined : servesId;
}

/** Without `--cgroups-per-qos`, the engine decides where the containers of pods are. */
function mayBePods({ kind, container, pod, containerId, isLent }: SharedPlace): boolean {
  return kind === 'container' && containerId !== '' && container === pod && !isLent;
}

function placeInPod(place: SharedPlace, podUid: string): SharedPlace {
  return {
    ...place,
    kind: 'kubernetes',
    namespace: '',
    pod: podUid,
    podUid,
    shares: podShares(podUid),
  };
}

type Named = Pick<PodName, 'namespace' | 'pod'>;

/**
 * A uid never changes its name. If it gets another one, the first stays while the pod is exported.
 * Otherwise, another pod with the old name would start at zero and its series would decrease.
 */
function isNamesake(one: Named, other: Named): boolean {
  return one.namespace === other.namespace && one.pod === other.pod;
}

/** NOTE: a container has its id as label only until its name is known. */
function renameContainers(pod: PodAccount, name: PodName): void {
  for (const container of [...pod.containers.values()]) {
    const { containerId, label } = container;
    const learnt = name.containers.get(containerId);
    if (learnt === undefined || containerId === '' || label !== shortId(containerId)) continue;
    relabel(container, learnt);
  }
  foldSandbox(pod);
}

/**
 * The engine's sandbox container holds the pod's namespaces. It starts before all others, and the
 * API never reports it, so it has no label of its own. The API may still report younger containers.
 */
function foldSandbox(pod: PodAccount): void {
  let youngest = Number.NEGATIVE_INFINITY;
  const nameless: ContainerAccount[] = [];
  for (const container of pod.containers.values()) {
    const { label, containerId, oldestCgroup } = container;
    if (containerId === '') continue;
    if (label === shortId(containerId)) nameless.push(container);
    else if (label !== '') youngest = Math.max(youngest, oldestCgroup);
  }
  for (const container of nameless) if (container.oldestCgroup < youngest) relabel(container, '');
}

function relabel(container: ContainerAccount, label: string): void {
  const { pod } = container;
  pod.containers.delete(nameKey(container.label));
  container.label = label;
  addContainer(pod, container);
}

function addContainer(pod: PodAccount, container: ContainerAccount): void {
  const key = nameKey(container.label);
  const namesake = pod.containers.get(key);
  if (namesake) {
    namesake.absorb(container);
    return;
  }
  pod.containers.set(key, container);
  container.touch();
}

function keyOf(pod: PodAccount): string {
  return nameKey(pod.namespace, pod.pod);
}
