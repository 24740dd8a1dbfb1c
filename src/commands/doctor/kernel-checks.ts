import { type Check, fail, failToLoad, ok, warn } from './check.ts';

const kernel: Check = {
  name: 'kernel',
  run: (host) => {
    const release = host.kernelRelease;
    if (release === undefined) {
      return fail('this is not Linux', 'run on Linux, or serve a tape: vigia run --replay DIR');
    }
    if (host.isOlderThan(5, 10)) return fail(release, 'upgrade to Linux 5.10 or newer');
    // Measured: the packet hook of 5.10 and 6.1 does not see these, that of 6.12 does.
    const isPartial = host.isOlderThan(6, 12);
    return ok(isPartial ? `${release}; IPv6 SYN-ACK packets may not be counted` : release);
  },
};

const btf: Check = {
  name: 'btf',
  run: (host) =>
    host.exists('/sys/kernel/btf/vmlinux')
      ? ok('/sys/kernel/btf/vmlinux exists')
      : failToLoad(
          host,
          'no /sys/kernel/btf/vmlinux',
          'use a kernel built with CONFIG_DEBUG_INFO_BTF=y, as in all large distributions',
        ),
};

const lockdown: Check = {
  name: 'lockdown',
  run: (host) => {
    const modes = host.read('/sys/kernel/security/lockdown');
    if (modes === undefined) return ok('off, or unknown because securityfs is not mounted');
    const mode = /\[(\w+)\]/.exec(modes)?.[1] ?? 'none';
    if (mode !== 'confidentiality')
      return ok(mode === 'none' ? 'off' : `${mode}, which allows BPF`);
    return fail(
      'confidentiality, so BPF cannot read kernel memory',
      'boot with lockdown=integrity or without lockdown=',
    );
  },
};

const unprivileged: Check = {
  name: 'unprivileged bpf',
  run: (host) => {
    const disabled = host.read('/proc/sys/kernel/unprivileged_bpf_disabled');
    if (disabled !== '0') return ok('off');
    return warn(
      'on: any user can load BPF programs, which Vigia does not need',
      'sysctl -w kernel.unprivileged_bpf_disabled=2',
    );
  },
};

const jit: Check = {
  name: 'jit',
  run: (host) => {
    const enabled = host.read('/proc/sys/net/core/bpf_jit_enable');
    if (enabled === undefined) return ok('unknown, because only root can read the setting');
    if (enabled !== '0') return ok('on');
    return warn('off, so BPF programs are interpreted', 'sysctl -w net.core.bpf_jit_enable=1');
  },
};

export const kernelChecks: readonly Check[] = [kernel, btf, lockdown, unprivileged, jit];
