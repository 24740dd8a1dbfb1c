import {
  containerNameIn,
  isSlice,
  isUnit,
  type Place,
  prefixOf,
  shortId,
  unescapedUnit,
} from './model.ts';

/** podman's pods: `machine-libpod_pod_<id>.slice`, or `libpod_pod_<id>` without systemd. */
const PODMAN_POD = /libpod_pod_([0-9a-f]{64})(?:\.slice)?$/;
const NSPAWN = /^systemd-nspawn@(.+)\.service$/;
/** What systemd-machined registers, libvirt's virtual machines included. */
const MACHINE = /^machine-(.+)\.scope$/;
const LXC = /^lxc\.(payload|monitor)\.(.+)$/;

interface Found {
  readonly pod: string;
  readonly container: string;
  readonly containerId: string;
}

/** Whether the cgroup at index `at` is a container's, whose processes may make more below it. */
export function isContainer(names: readonly string[], at: number): boolean {
  return foundAt(names, at) !== undefined || names[at - 1] === 'lxc';
}

/** The container itself stands for the pod; what only watches it is the pod's remainder. */
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
  return engineContainer(names, at) ?? machine(names, at) ?? lxcContainer(names[at] ?? '');
}

function engineContainer(names: readonly string[], at: number): Found | undefined {
  const found = containerNameIn(names[at] ?? '');
  if (found === undefined) return undefined;
  const pod = podmanPodIn(names[at - 1]) ?? found.id;
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

function podmanPodIn(name: string | undefined): string | undefined {
  return PODMAN_POD.exec(name ?? '')?.[1];
}

/**
 * The slice or directory that holds the container. Where a service keeps it (an engine without
 * root below `user@1000.service`) the slice of that service, so that users stay apart.
 */
function namespaceAt(names: readonly string[], at: number): string {
  const unitAt = names.findIndex(isUnit);
  const holderAt = (unitAt < 0 ? at : Math.min(unitAt, at)) - 1;
  const holder = names[holderAt];
  if (holder === undefined) return LXC.test(names[at] ?? '') ? 'lxc' : '';
  const outer = names[holderAt - 1];
  return podmanPodIn(holder) !== undefined && outer !== undefined && isSlice(holder)
    ? outer
    : holder;
}
