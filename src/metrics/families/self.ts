import type { Snapshot } from '../../core/snapshot.ts';
import type { Traffic } from '../../core/usage/usage.ts';
import type { Family, FamilyGroup } from '../family.ts';
import { labelText } from '../text/label-text.ts';

const runs: Family = {
  name: 'vigia_bpf_program_runs_total',
  help: 'Runs of a kernel program, counted by itself.',
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
  help: 'Events that were not counted, or were counted in another row, by table and reason. over_share: a pod had used up its fair share of what all pods share.',
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
  help: 'Entries in use of a kernel map.',
  type: 'gauge',
  labelNames: ['map'],
  write: ({ snapshot }, sink) => {
    for (const { map, entries } of snapshot.maps) sink.sample(labelText({ map }), entries);
  },
};

const maxEntries: Family = {
  name: 'vigia_bpf_map_max_entries',
  help: 'Entries that a kernel map has room for.',
  type: 'gauge',
  labelNames: ['map'],
  write: ({ snapshot }, sink) => {
    for (const { map, maxEntries } of snapshot.maps) sink.sample(labelText({ map }), maxEntries);
  },
};

const snapshotTimestamp: Family = {
  name: 'vigia_snapshot_timestamp_seconds',
  help: 'When the kernel was read for what this scrape shows.',
  type: 'gauge',
  labelNames: [],
  write: ({ snapshot }, sink) => sink.sample('', snapshot.wallMs / 1e3),
};

const resetTimestamp: Family = {
  name: 'vigia_counters_reset_timestamp_seconds',
  help: "When the kernel's counters began; a restart of the daemon does not move it.",
  type: 'gauge',
  labelNames: [],
  write: ({ snapshot }, sink) => sink.sample('', snapshot.startedSeconds),
};

const unattributedRatio: Family = {
  name: 'vigia_unattributed_ratio',
  help: 'Share of the node that no pod owns, since the counters began, by resource (cpu: seconds; network: bytes).',
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
  help: 'Series set aside for pods, containers and namespaces, of VIGIA_MAX_SERIES.',
  type: 'gauge',
  labelNames: [],
  write: ({ reservedSeries }, sink) => sink.sample('', reservedSeries),
};

const seriesDropped: Family = {
  name: 'vigia_series_dropped_total',
  help: 'Series of pods, containers and namespaces that were left out since the daemon started: VIGIA_MAX_SERIES was reached, or the part of the cgroup tree that they are in already has its share. Each is counted once, however long it waits. Series already exported are kept.',
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
  note: 'Not there before the first look at the kernel.',
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
