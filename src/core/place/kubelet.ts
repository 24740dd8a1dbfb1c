import { isUnit } from './cgroup-place.ts';
import { isContainer } from './container.ts';

/** `kubepods` with the cgroupfs driver; with systemd's, the prefix comes from `--cgroup-root`. */
const ROOT = /^(?:kubepods|(?:.+-)?kubepods\.slice)$/;

export function isKubeletRoot(name: string): boolean {
  return ROOT.test(name);
}

/** The slice for sessions of users and their processes. */
export const USER_SLICE = 'user.slice';

/**
 * Whether users other than root may create cgroups below the one at index `at`: users do in
 * `user.slice`, services and containers may in their own cgroup.
 */
export function isDelegated(names: readonly string[], at: number): boolean {
  const name = names[at] ?? '';
  return name === USER_SLICE || isUnit(name) || isContainer(names, at);
}

/** Words in the names of services that start containers of pods in their own cgroup. */
const ENGINE = /(?:^|[-.])(?:containerd|crio|cri-o|docker|kubelet|kubelite|k3s|rke2|k0s\w*)[-.]/;

export function isEngine(name: string): boolean {
  return name.endsWith('.service') && ENGINE.test(name);
}
