/** Who keeps the cgroup: a kubelet, a container engine, systemd, or nobody we know. */
export type PlaceKind = 'kubernetes' | 'container' | 'unit' | 'cgroup';

/** Where a cgroup belongs, told by its path alone. */
export interface Place {
  readonly kind: PlaceKind;
  readonly namespace: string;
  readonly pod: string;
  /** '' is the pod's own cgroup and whatever else sits beside its containers. */
  readonly container: string;
  /** The kubelet's pod uid; '' outside Kubernetes. */
  readonly podUid: string;
  /** The engine's full id; '' where there is none. */
  readonly containerId: string;
  /** Path of the container's, unit's or pod's own cgroup: what lies below belongs to it. */
  readonly cgroupPath: string;
  /**
   * Full id of a container elsewhere whose pod this belongs to, as a monitor and the host's part of a
   * virtual machine do. Undefined where the path tells it all.
   */
  readonly servesId?: string | undefined;
}

/** What is known of a node besides the paths of its cgroups. */
export interface PlaceRules {
  /** VIGIA_KUBELET_ROOT, a cgroup's path. Undefined: found by its name. */
  readonly kubeletRoot?: string | undefined;
  /** Path of the cgroup that is observed. */
  readonly observed?: string | undefined;
  /** Whether only root can have made a cgroup. By default the names on its path have to do. */
  readonly isMadeByRoot?: ((cgroupPath: string) => boolean) | undefined;
}

/** What engines' own tools show of an id. */
const SHORT_ID_LENGTH = 12;

export function shortId(id: string): string {
  return id.slice(0, SHORT_ID_LENGTH);
}

export function isSlice(name: string): boolean {
  return name.endsWith('.slice');
}

/** Unit types that have a cgroup of their own, slices aside: systemd.unit(5). */
const UNIT = /\.(?:service|scope|socket|mount|swap)$/;

export function isUnit(name: string): boolean {
  return UNIT.test(name);
}

/** The cgroups that a path leads through. */
export function namesIn(cgroupPath: string): string[] {
  return cgroupPath.split('/').filter((name) => name !== '');
}

/** Path of the cgroup at index `at`. */
export function prefixOf(names: readonly string[], at: number): string {
  return `/${names.slice(0, at + 1).join('/')}`;
}

/** The same for the cgroup at index `at`. */
export function isMadeByRoot(names: readonly string[], at: number, rules: PlaceRules): boolean {
  return rules.isMadeByRoot?.(prefixOf(names, at)) ?? true;
}

/** 64 hexadecimal digits, as docker, containerd, CRI-O and podman make them. */
const ID = /^(?:(.*)[-_:])?([0-9a-f]{64})(?:\.scope)?$/;

export interface ContainerName {
  readonly id: string;
  /** conmon watches a container of CRI-O or podman from a cgroup of its own. */
  readonly isMonitor: boolean;
}

/** Reads `<id>`, `docker-<id>.scope`, `cri-containerd-<id>.scope`, `crio-conmon-<id>.scope` … */
export function containerNameIn(name: string): ContainerName | undefined {
  const match = ID.exec(name);
  if (match?.[2] === undefined) return undefined;
  return { id: match[2], isMonitor: match[1]?.endsWith('conmon') ?? false };
}

const ESCAPES = /(?:\\x[0-9a-f]{2})+/g;
const UNSHOWN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}/\\]/u;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The name of a unit or a slice without systemd's escapes (`\x2d` for `-`: systemd.unit(5)), as
 * machinectl shows it. What stands for no text, for what a terminal may obey, or for a part of a path stays
 * escaped.
 */
export function unescapedUnit(name: string): string {
  return name.replace(ESCAPES, (escapes) => {
    const octets = escapes
      .split('\\x')
      .slice(1)
      .map((digits) => Number.parseInt(digits, 16));
    try {
      const text = utf8.decode(Uint8Array.from(octets));
      return UNSHOWN.test(text) ? escapes : text;
    } catch {
      return escapes;
    }
  });
}
