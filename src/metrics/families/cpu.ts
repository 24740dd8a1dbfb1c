import type { Family, FamilyGroup } from '../family.ts';
import { CPU_MEASURES } from '../measures.ts';
import { HISTOGRAM_SERIES } from '../text/sample-text.ts';

const LABELS = ['namespace', 'pod', 'container'];

const counters = CPU_MEASURES.map(
  ({ stem, what, note, of }): Family => ({
    name: `vigia_container_${stem}`,
    help: `${what} in the container's cgroup and the cgroups nested in it. ${note}`,
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
  help: 'Time that the container was throttled by its own CPU quota, from its cpu.stat. Part of the waiting time. Absent if the node does not report it, or if the container never waited.',
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
  help: `Distribution of the time that tasks of the container waited for a CPU. Includes throttling. Only with VIGIA_WAIT_HISTOGRAM=container: ${HISTOGRAM_SERIES} series per container.`,
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
  note: '`container=""` covers the processes in the pod\'s own cgroup or beside its containers, such as the sandbox. It is exported once it is not zero. A systemd unit or a plain cgroup has only this row.',
  families: [...counters, throttled, waitLatency],
};
