import type { Snapshot } from '../../core/snapshot.ts';
import type { Traffic } from '../../core/usage/usage.ts';
import type { Family, FamilyGroup } from '../family.ts';
import { labelText } from '../text/label-text.ts';

const runs: Family = {
  name: 'vigia_bpf_program_runs_total',
  help: 'Runs of a kernel program, as counted by the program.',
  type: 'counter',
  labelNames: ['program'],
  write: ({ snapshot }, sink) => {
    for (const { program, count } of snapshot.runs) {
      sink.sample(labelText({ program }), count, snapshot.startedSeconds);
    }
  },
};

const lost: Family = {
  name: 'vigia_lost_total',
  help: 'Events that were not counted, or were counted in the wrong row, by table and reason. over_share: a pod had used up its fair share of a resource that all pods share.',
  type: 'counter',
  labelNames: ['table', 'reason'],
  write: ({ snapshot }, sink) => {
    for (const { table, reason, count } of snapshot.lost) {
      sink.sample(labelText({ table, reason }), count, snapshot.startedSeconds);
    }
  },
};

const entries: Family = {
  name: 'vigia_bpf_map_entries',
  help: 'Entries of a kernel map in use.',
  type: 'gauge',
  labelNames: ['map'],
  write: ({ snapshot }, sink) => {
    for (const { map, entries } of snapshot.maps) sink.sample(labelText({ map }), entries);
  },
};

const maxEntries: Family = {
  name: 'vigia_bpf_map_max_entries',
  help: 'Maximum number of entries of a kernel map.',
  type: 'gauge',
  labelNames: ['map'],
  write: ({ snapshot }, sink) => {
    for (const { map, maxEntries } of snapshot.maps) sink.sample(labelText({ map }), maxEntries);
  },
};

const snapshotTimestamp: Family = {
  name: 'vigia_snapshot_timestamp_seconds',
  help: 'Unix time at which the kernel tables were read for this scrape.',
  type: 'gauge',
  labelNames: [],
  write: ({ snapshot }, sink) => sink.sample('', snapshot.wallMs / 1e3),
};

const resetTimestamp: Family = {
  name: 'vigia_counters_reset_timestamp_seconds',
  help: 'Unix time at which the kernel counters started. A restart of the daemon does not change it.',
  type: 'gauge',
  labelNames: [],
  write: ({ snapshot }, sink) => sink.sample('', snapshot.startedSeconds),
};

const unattributedRatio: Family = {
  name: 'vigia_unattributed_ratio',
  help: 'Share of the usage of the node that belongs to no pod, since load, by resource (cpu: seconds; network: bytes).',
  type: 'gauge',
  labelNames: ['resource'],
  write: ({ snapshot }, sink) => {
    const { node, unattributed, hasPackets } = snapshot;
    const cpu = ratio(unattributed.cpu.oncpuNs, node.cpu.oncpuNs);
    sink.sample(labelText({ resource: 'cpu' }), cpu);
    if (!hasPackets) return;
    sink.sample(labelText({ resource: 'network' }), ratio(bytes(unattributed), bytes(node)));
  },
};

const series: Family = {
  name: 'vigia_series',
  help: 'Series reserved for pods, containers and namespaces. The limit is VIGIA_MAX_SERIES.',
  type: 'gauge',
  labelNames: [],
  write: ({ reservedSeries }, sink) => sink.sample('', reservedSeries),
};

const seriesDropped: Family = {
  name: 'vigia_series_dropped_total',
  help: 'Series of pods, containers and namespaces left out since the daemon started because VIGIA_MAX_SERIES was reached, or because their part of the cgroup tree already has its share. Each counts once, however long it waits. Series already exported are kept.',
  type: 'counter',
  labelNames: [],
  write: ({ droppedSeries }, sink) => sink.sample('', droppedSeries),
};

function bytes({ network }: Snapshot['node']): number {
  return sumBytes(network.receive) + sumBytes(network.transmit);
}

function sumBytes(traffic: readonly Traffic[]): number {
  return traffic.reduce((sum, { bytes }) => sum + bytes, 0);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

export const selfFamilies: FamilyGroup = {
  title: 'Vigia itself',
  note: 'Exported after the first tick.',
  families: [
    snapshotTimestamp,
    resetTimestamp,
    runs,
    lost,
    entries,
    maxEntries,
    unattributedRatio,
    series,
    seriesDropped,
  ],
};
