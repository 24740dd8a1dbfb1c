import {
  containerNameIn,
  isSlice,
  isUnit,
  type Place,
  prefixOf,
  shortId,
  unescapedUnit,
} from './cgroup-place.ts';

/** podman's pods: `machine-libpod_pod_<id>.slice`, or `libpod_pod_<id>` without systemd. */
const PODMAN_POD = /libpod_pod_([0-9a-f]{64})(?:\.slice)?$/;
/** podman without systemd, as on Alpine: `libpod_parent/<pod>/libpod-<id>` and `…/conmon`. */
const PODMAN_PARENT = 'libpod_parent';
const BARE_ID = /^[0-9a-f]{64}$/;
/** CRI-O's monitor of a container, if `conmon_cgroup` is a slice and not `pod`. */
const CRIO_MONITOR = /^crio-conmon-([0-9a-f]{64})(?:\.scope)?$/;
/** Kata with `sandbox_cgroup_only` off: the host's part of a sandbox, named by its id. */
const KATA_OVERHEAD = /^kata[-_]overhead(?:\.slice)?$/;
const NSPAWN = /^systemd-nspawn@(.+)\.service$/;
/** Machines registered with systemd-machined, including libvirt's virtual machines. */
const MACHINE = /^machine-(.+)\.scope$/;
const LXC = /^lxc\.(payload|monitor)\.(.+)$/;
const GUESTS = /^(?:lxc|(?:lxc|incus)\.(?:payload|monitor))$/;

interface Found {
  readonly pod: string;
  readonly container: string;
  readonly containerId: string;
  readonly servesId?: string;
}

/**
 * Whether the cgroup at index `at` belongs to a container, whose processes may create more below
 * it.
 */
export function isContainer(names: readonly string[], at: number): boolean {
  return foundAt(names, at) !== undefined || isGuest(names, at);
}

/** Below `lxc` (Proxmox VE) or `lxc.payload` (older versions), each cgroup is a guest. */
export function isGuest(names: readonly string[], at: number): boolean {
  return GUESTS.test(names[at - 1] ?? '');
}

/** The container itself stands for the pod. Its monitor is the pod's remainder. */
export function containerPlace(names: readonly string[]): Place | undefined {
  for (const at of names.keys()) {
    const found = foundAt(names, at);
    if (found === undefined) continue;
    return {
      kind: 'container',
      namespace: unescapedUnit(namespaceAt(names, at)),
      ...found,
      podUid: '',
      cgroupPath: prefixOf(names, at),
    };
  }
  return undefined;
}

function foundAt(names: readonly string[], at: number): Found | undefined {
  return (
    servant(names, at) ??
    engineContainer(names, at) ??
    machine(names, at) ??
    lxcContainer(names[at] ?? '')
  );
}

/** A helper of a container whose cgroup is elsewhere, inside its pod's. */
function servant(names: readonly string[], at: number): Found | undefined {
  const name = names[at] ?? '';
  const isOverhead = KATA_OVERHEAD.test(names[at - 1] ?? '');
  const servesId = isOverhead ? containerNameIn(name)?.id : CRIO_MONITOR.exec(name)?.[1];
  if (servesId === undefined) return undefined;
  return { pod: shortId(servesId), container: '', containerId: '', servesId };
}

function engineContainer(names: readonly string[], at: number): Found | undefined {
  const ownPod = podDirectoryAt(names, at);
  // Containers are found inside it. Other cgroups in it monitor them.
  if (ownPod !== undefined && containerNameIn(names[at + 1] ?? '')) return undefined;
  if (ownPod !== undefined) return { pod: shortId(ownPod), container: '', containerId: '' };
  const found = containerNameIn(names[at] ?? '');
  if (found === undefined) return undefined;
  const pod = podmanPodAt(names, at - 1) ?? found.id;
  return found.isMonitor
    ? { pod: shortId(pod), container: '', containerId: '' }
    : { pod: shortId(pod), container: shortId(found.id), containerId: found.id };
}

function machine(names: readonly string[], at: number): Found | undefined {
  const name = names[at] ?? '';
  const isRegistered = names.slice(0, at).some((above) => above.startsWith('machine'));
  const found = NSPAWN.exec(name)?.[1] ?? (isRegistered ? MACHINE.exec(name)?.[1] : undefined);
  if (found === undefined) return undefined;
  const shown = unescapedUnit(found);
  return { pod: shown, container: shown, containerId: '' };
}

function lxcContainer(name: string): Found | undefined {
  const [, part, container] = LXC.exec(name) ?? [];
  if (container === undefined) return undefined;
  return { pod: container, container: part === 'payload' ? container : '', containerId: '' };
}

function podmanPodAt(names: readonly string[], at: number): string | undefined {
  return PODMAN_POD.exec(names[at] ?? '')?.[1] ?? podDirectoryAt(names, at);
}

function podDirectoryAt(names: readonly string[], at: number): string | undefined {
  const name = names[at] ?? '';
  return names[at - 1] === PODMAN_PARENT && BARE_ID.test(name) ? name : undefined;
}

/**
 * The slice or directory that contains the container. Below a service (a rootless engine in
 * `user@1000.service`) it is the slice of that service, so that users stay separate.
 */
function namespaceAt(names: readonly string[], at: number): string {
  const unitAt = names.findIndex(isUnit);
  const holderAt = (unitAt < 0 ? at : Math.min(unitAt, at)) - 1;
  const holder = names[holderAt];
  if (holder === undefined) return LXC.test(names[at] ?? '') ? 'lxc' : '';
  const outer = names[holderAt - 1];
  const isPod = podmanPodAt(names, holderAt) !== undefined;
  const hasOuter = isPod && (isSlice(holder) || BARE_ID.test(holder));
  return hasOuter && outer !== undefined ? outer : holder;
}
