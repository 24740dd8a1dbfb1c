/** The owner of the cgroup: a kubelet, a container engine, systemd, or none of these. */
export type PlaceKind = 'kubernetes' | 'container' | 'unit' | 'cgroup';

/** The owner of a cgroup, derived from its path alone. */
export interface Place {
  readonly kind: PlaceKind;
  readonly namespace: string;
  readonly pod: string;
  /** '' for the pod's own cgroup and everything beside its containers. */
  readonly container: string;
  /** The pod's uid; '' outside Kubernetes. */
  readonly podUid: string;
  /** The engine's full id; '' without one. */
  readonly containerId: string;
  /** Path of the container's, unit's or pod's own cgroup. Everything below belongs to it. */
  readonly cgroupPath: string;
  /**
   * Full id of a container elsewhere whose pod owns this cgroup, such as a monitor or a virtual
   * machine's overhead. Undefined if the path is sufficient.
   */
  readonly servesId?: string | undefined;
}

/** Facts about a node besides the paths of its cgroups. */
export interface PlaceRules {
  /** VIGIA_KUBELET_ROOT, the path of a cgroup. Undefined: detected by name. */
  readonly kubeletRoot?: string | undefined;
  /** Path of the observed cgroup. */
  readonly observed?: string | undefined;
  /** Whether only root can have created a cgroup. By default the names on its path are trusted. */
  readonly isMadeByRoot?: ((cgroupPath: string) => boolean) | undefined;
}

/** Length of an id in the engines' own tools. */
const SHORT_ID_LENGTH = 12;

export function shortId(id: string): string {
  return id.slice(0, SHORT_ID_LENGTH);
}

export function isSlice(name: string): boolean {
  return name.endsWith('.slice');
}

/** Unit types with their own cgroup, except slices: systemd.unit(5). */
const UNIT = /\.(?:service|scope|socket|mount|swap)$/;

export function isUnit(name: string): boolean {
  return UNIT.test(name);
}

/** The names of the cgroups on a path. */
export function namesIn(cgroupPath: string): string[] {
  return cgroupPath.split('/').filter((name) => name !== '');
}

/** Path of the cgroup at index `at`. */
export function prefixOf(names: readonly string[], at: number): string {
  return `/${names.slice(0, at + 1).join('/')}`;
}

/** Whether only root can have created the cgroup at index `at`. */
export function isMadeByRoot(names: readonly string[], at: number, rules: PlaceRules): boolean {
  return rules.isMadeByRoot?.(prefixOf(names, at)) ?? true;
}

/** 64 hexadecimal digits, used by docker, containerd, CRI-O and podman. */
const ID = /^(?:(.*)[-_:])?([0-9a-f]{64})(?:\.scope)?$/;

export interface ContainerName {
  readonly id: string;
  /** conmon monitors a container of CRI-O or podman from a separate cgroup. */
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
 * Decodes systemd's escapes in the name of a unit or slice (`\x2d` for `-`: systemd.unit(5)), as
 * machinectl does. Escapes of invalid text, terminal control characters and path separators stay.
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
