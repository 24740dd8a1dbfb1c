import type { Cluster } from './cluster.ts';

/** A privileged pod that sees the node itself; see manifests/inspector.yaml. */
export interface Inspector {
  readonly shell: (script: string) => Promise<string>;
  /** CPU time by container id, from the kernel. */
  readonly cpuStats: () => Promise<ReadonlyMap<string, number>>;
  /** Names of the node's programs, maps and links, and Vigia's pins and mounts. */
  readonly traces: () => Promise<readonly string[]>;
}

const CPU_STATS = `for file in $(find /host/sys/fs/cgroup/kubepods* -name cpu.stat); do
  echo "$file $(grep usage_usec "$file")"
done`;
const PLACES = `find /host/sys/fs/bpf /host/run/vigia /host/etc /host/opt -name '*vigia*' 2>/dev/null || true
grep vigia /host/proc/1/mounts | grep -v kubelet || true`;

export function inspectorOf({ kubectl }: Cluster): Inspector {
  const exec = (container: string, ...command: string[]) =>
    kubectl('exec', 'inspector', `--container=${container}`, '--', ...command);
  const shell = (script: string) => exec('shell', 'sh', '-c', script);
  return {
    shell,
    cpuStats: async () => {
      const lines = (await shell(CPU_STATS)).matchAll(
        /([0-9a-f]{64})(?:\.scope)?\/cpu\.stat usage_usec (\d+)/g,
      );
      return new Map(Array.from(lines, ([, id = '', usec]) => [id, Number(usec) / 1e6] as const));
    },
    traces: async () => {
      const listed = ['prog', 'map', 'link'].map(async (kind) => {
        const text = await exec('bpftool', '/usr/sbin/bpftool', '--json', kind, 'list');
        const all = JSON.parse(text) as { readonly name?: string }[];
        return all.map(({ name }) => `${kind} ${name ?? ''}`).filter(isNotSystemds);
      });
      const places = (await shell(PLACES)).trim().split('\n').filter(Boolean);
      return [...(await Promise.all(listed)).flat(), ...places].sort();
    },
  };
}

/** systemd's programs change with units and containers, and bpftool has its own while it runs. */
function isNotSystemds(trace: string): boolean {
  return !/^\w+ (|sd_\w*|pid_iter\S*|.*\.rodata)$/.test(trace);
}
