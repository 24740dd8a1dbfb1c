/** A pod's own cgroup and three containers. */
export const CGROUPS_A_POD = 4;

const FIRST_ID = 1000;

/** Id of a cgroup on the synthetic node. Member 0 is the pod's own. */
export function cgroupId(pod: number, member: number): number {
  return FIRST_ID + pod * CGROUPS_A_POD + member;
}

/**
 * Path of a pod's own cgroup (member 0) or of a container, in the format of a kubelet with the
 * cgroupfs driver and containerd.
 */
export function cgroupPath(pod: number, member: number): string {
  const number = String(pod).padStart(8, '0');
  const own = `/kubepods/burstable/pod${number}-0c3e-4d5f-8a9b-0123456789ab`;
  if (member === 0) return own;
  return `${own}/${String(pod * CGROUPS_A_POD + member)
    .padStart(12, '0')
    .padEnd(64, 'e')}`;
}
