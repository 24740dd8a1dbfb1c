// Code generated from the BTF of bpf/wire.bpf.c by tools/gen-wire.ts. DO NOT EDIT.

import { type Layout, u64 } from './layout.ts';

export interface CpuUsage {
  readonly oncpuNs: number;
  readonly waitNs: number;
  readonly preemptions: number;
  readonly waitHistogram: readonly number[];
}

export interface TcpUsage {
  readonly connects: number;
  readonly accepts: number;
  readonly connectFailures: number;
  readonly resets: number;
  readonly retransmits: number;
}

export interface Traffic {
  readonly bytes: number;
  readonly packets: number;
}

export interface NetworkUsage {
  readonly transmit: readonly Traffic[];
  readonly receive: readonly Traffic[];
}

export interface UsageRow {
  readonly cgroupId: number;
  readonly slot: number;
  readonly bornNs: number;
  readonly diedNs: number;
  readonly cpu: CpuUsage;
  readonly tcp: TcpUsage;
  readonly network: NetworkUsage;
}

export interface PathRow {
  readonly cgroupId: number;
  readonly slot: number;
  readonly pathBytes: number;
  readonly path: Uint8Array;
}

export interface NodeRow {
  readonly cpu: number;
  readonly startedNs: number;
  readonly runs: readonly number[];
  readonly lost: readonly number[];
}

export const usageRow: Layout<UsageRow> = {
  name: 'usage_row',
  size: 256,
  decode: (view, at) => ({
    cgroupId: u64(view, at),
    slot: view.getUint32(at + 8, true),
    bornNs: u64(view, at + 16),
    diedNs: u64(view, at + 24),
    cpu: {
      oncpuNs: u64(view, at + 32),
      waitNs: u64(view, at + 40),
      preemptions: u64(view, at + 48),
      waitHistogram: [
        u64(view, at + 56),
        u64(view, at + 64),
        u64(view, at + 72),
        u64(view, at + 80),
        u64(view, at + 88),
        u64(view, at + 96),
        u64(view, at + 104),
        u64(view, at + 112),
      ],
    },
    tcp: {
      connects: u64(view, at + 120),
      accepts: u64(view, at + 128),
      connectFailures: u64(view, at + 136),
      resets: u64(view, at + 144),
      retransmits: u64(view, at + 152),
    },
    network: {
      transmit: [
        {
          bytes: u64(view, at + 160),
          packets: u64(view, at + 168),
        },
        {
          bytes: u64(view, at + 176),
          packets: u64(view, at + 184),
        },
        {
          bytes: u64(view, at + 192),
          packets: u64(view, at + 200),
        },
      ],
      receive: [
        {
          bytes: u64(view, at + 208),
          packets: u64(view, at + 216),
        },
        {
          bytes: u64(view, at + 224),
          packets: u64(view, at + 232),
        },
        {
          bytes: u64(view, at + 240),
          packets: u64(view, at + 248),
        },
      ],
    },
  }),
};

export const pathRow: Layout<PathRow> = {
  name: 'path_row',
  size: 496,
  decode: (view, at) => ({
    cgroupId: u64(view, at),
    slot: view.getUint32(at + 8, true),
    pathBytes: view.getUint32(at + 12, true),
    path: new Uint8Array(view.buffer, view.byteOffset + at + 16, 480).slice(),
  }),
};

export const nodeRow: Layout<NodeRow> = {
  name: 'node_row',
  size: 176,
  decode: (view, at) => ({
    cpu: view.getUint32(at, true),
    startedNs: u64(view, at + 8),
    runs: [
      u64(view, at + 16),
      u64(view, at + 24),
      u64(view, at + 32),
      u64(view, at + 40),
      u64(view, at + 48),
      u64(view, at + 56),
      u64(view, at + 64),
      u64(view, at + 72),
      u64(view, at + 80),
      u64(view, at + 88),
      u64(view, at + 96),
      u64(view, at + 104),
    ],
    lost: [
      u64(view, at + 112),
      u64(view, at + 120),
      u64(view, at + 128),
      u64(view, at + 136),
      u64(view, at + 144),
      u64(view, at + 152),
      u64(view, at + 160),
      u64(view, at + 168),
    ],
  }),
};

/** Index of a program in {@link NodeRow.runs}. */
export const PROGRAMS = [
  'charge_slice',
  'note_move',
  'count_transmit',
  'count_receive',
  'count_opening',
  'count_reset_sent',
  'count_reset_received',
  'count_retransmit',
  'count_synack_retransmit',
  'cgroup_born',
  'cgroup_died',
  'reap',
] as const;

/** Index of a loss in {@link NodeRow.lost}. */
export const LOSSES = [
  { table: 'usage', reason: 'table_full' },
  { table: 'usage', reason: 'late' },
  { table: 'cpu', reason: 'misread' },
  { table: 'network', reason: 'no_socket' },
  { table: 'network', reason: 'no_storage' },
  { table: 'network', reason: 'bad_header' },
  { table: 'tcp', reason: 'no_cgroup' },
  { table: 'path', reason: 'truncated' },
] as const;

/** Slots of the usage table that no cgroup owns. */
export const RESERVED_SLOTS = {
  retired: 0,
  rest: 1,
  loopback: 2,
} as const;

/** Bytes of what the maps hold; the usage table adds a cell a CPU to its head. */
export const STORED_BYTES = {
  control: 8,
  usage: 64,
  usageCell: 320,
  pathRow: 496,
  node: 472,
} as const;

/** Changes with the layout of what the maps hold. */
export const LAYOUT_HASH = 'da273416';
