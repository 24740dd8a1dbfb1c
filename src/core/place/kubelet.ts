import { isUnit } from './cgroup-place.ts';
import { isContainer } from './container.ts';

/** `kubepods` by the cgroupfs driver; by systemd's with what `--cgroup-root` puts before. */
const ROOT = /^(?:kubepods|(?:.+-)?kubepods\.slice)$/;

export function isKubeletRoot(name: string): boolean {
  return ROOT.test(name);
}

/** Where systemd keeps the sessions of users and what they start. */
export const USER_SLICE = 'user.slice';

/**
 * Whether others than root make cgroups below the one at index `at`: users do in `user.slice`, a
 * service may in its own cgroup, and so may a container.
 */
export function isDelegated(names: readonly string[], at: number): boolean {
  const name = names[at] ?? '';
  return name === USER_SLICE || isUnit(name) || isContainer(names, at);
}

/** Words in the names of services that start the containers of pods, in their own cgroup. */
const ENGINE = /(?:^|[-.])(?:containerd|crio|cri-o|docker|kubelet|kubelite|k3s|rke2|k0s\w*)[-.]/;

export function isEngine(name: string): boolean {
  return name.endsWith('.service') && ENGINE.test(name);
}
