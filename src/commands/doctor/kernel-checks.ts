import { type Check, fail, failToLoad, ok, warn } from './check.ts';

const kernel: Check = {
  name: 'kernel',
  look: (host) => {
    const release = host.kernelRelease;
    if (release === undefined) {
      return fail('this is no Linux', 'elsewhere a tape can be served: vigia run --replay DIR');
    }
    if (host.isOlderThan(5, 10)) return fail(release, 'upgrade to Linux 5.10 or newer');
    const lacks: string[] = [];
    // Seen on 5.10 and 6.1, not on 6.12: their packet hook does not see these.
    if (host.isOlderThan(6, 12)) lacks.push('the SYN-ACKs of IPv6 may be missing');
    return ok([release, ...lacks].join('; '));
  },
};

const btf: Check = {
  name: 'btf',
  look: (host) =>
    host.exists('/sys/kernel/btf/vmlinux')
      ? ok('the kernel describes its types')
      : failToLoad(
          host,
          'no /sys/kernel/btf/vmlinux',
          'run a kernel built with CONFIG_DEBUG_INFO_BTF=y, as all large distributions do',
        ),
};

const lockdown: Check = {
  name: 'lockdown',
  look: (host) => {
    const modes = host.read('/sys/kernel/security/lockdown');
    if (modes === undefined) return ok('off, or not shown here: there is no securityfs');
    const mode = /\[(\w+)\]/.exec(modes)?.[1] ?? 'none';
    if (mode !== 'confidentiality') return ok(mode === 'none' ? 'off' : `${mode}: no obstacle`);
    return fail(
      'confidentiality: BPF may not read kernel memory',
      'boot with lockdown=integrity or without lockdown=',
    );
  },
};

const unprivileged: Check = {
  name: 'unprivileged bpf',
  look: (host) => {
    const disabled = host.read('/proc/sys/kernel/unprivileged_bpf_disabled');
    if (disabled !== '0') return ok('off; Vigia does not need it');
    return warn(
      'any user may load BPF programs; Vigia does not need that',
      'sysctl -w kernel.unprivileged_bpf_disabled=2',
    );
  },
};

const jit: Check = {
  name: 'jit',
  look: (host) =>
    // Only root may read it; where it cannot be told there is nothing to say.
    host.read('/proc/sys/net/core/bpf_jit_enable') === '0'
      ? warn('BPF programs are interpreted', 'sysctl -w net.core.bpf_jit_enable=1')
      : ok('not switched off'),
};

export const kernelChecks: readonly Check[] = [kernel, btf, lockdown, unprivileged, jit];
