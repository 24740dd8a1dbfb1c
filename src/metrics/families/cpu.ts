import type { Family, FamilyGroup } from '../family.ts';
import { CPU_MEASURES } from '../measures.ts';

const LABELS = ['namespace', 'pod', 'container'];

const counters = CPU_MEASURES.map(
  ({ stem, what, of }): Family => ({
    name: `vigia_container_${stem}`,
    help: `${what} of the container's own cgroup and those nested in it.`,
    type: 'counter',
    labelNames: LABELS,
    write: ({ pods }, sink) => {
      for (const { containers } of pods) {
        for (const { labels, usage } of containers) {
          sink.sample(labels, of(usage.cpu), usage.createdSeconds);
        }
      }
    },
  }),
);

const throttled: Family = {
  name: 'vigia_container_cpu_throttled_seconds_total',
  help: "Time held back by the container's own CPU quota, from its cpu.stat: part of the waiting time. Absent where the node does not tell or nothing ever waited.",
  type: 'counter',
  labelNames: LABELS,
  write: ({ pods }, sink) => {
    for (const { containers } of pods) {
      for (const { labels, usage } of containers) {
        if (usage.throttledNs === undefined) continue;
        sink.sample(labels, usage.throttledNs / 1e9, usage.createdSeconds);
      }
    }
  },
};

const waitLatency: Family = {
  name: 'vigia_container_cpu_wait_latency_seconds',
  help: 'How long each wait for a CPU took, throttling included. Only with VIGIA_WAIT_HISTOGRAM=container: ten series a container.',
  type: 'histogram',
  labelNames: LABELS,
  write: ({ pods, hasContainerHistogram }, sink) => {
    if (!hasContainerHistogram) return;
    for (const { containers } of pods) {
      for (const { labels, usage } of containers) {
        const { waitHistogram, waitNs } = usage.cpu;
        sink.histogram(labels, waitHistogram, waitNs / 1e9, usage.createdSeconds);
      }
    }
  },
};

export const cpuFamilies: FamilyGroup = {
  title: 'CPU, by container',
  note: '`container=""` is what sits in the pod\'s own cgroup or beside its containers, such as the sandbox, shown once it is not zero; a systemd unit or a plain cgroup has no other row.',
  families: [...counters, throttled, waitLatency],
};
