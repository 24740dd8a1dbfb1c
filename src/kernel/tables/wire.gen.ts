// Code generated from the BTF of bpf/wire.bpf.c by tools/gen/wire.ts. DO NOT EDIT.

import { type Layout, type RowPosition, u64 } from './layout.ts';

export interface CpuUsage {
  readonly oncpuNs: number;
  readonly waitNs: number;
  readonly preemptions: number;
  readonly waitHistogram: readonly number[];
  readonly tirelessNs: number;
}

export interface TcpUsage {
  readonly connects: number;
  readonly accepts: number;
  readonly connectFailures: number;
  readonly resets: number;
  readonly retransmits: number;
  readonly connectNs: number;
  readonly payloadSent: number;
  readonly payloadReceived: number;
}

export interface Traffic {
  readonly bytes: number;
  readonly packets: number;
}

export interface NetworkUsage {
  readonly transmit: readonly Traffic[];
  readonly receive: readonly Traffic[];
}

export interface DnsUsage {
  readonly queries: readonly number[];
  readonly waitNs: number;
}

export interface UsageRow {
  readonly cgroupId: number;
  readonly slot: number;
  readonly bornNs: number;
  readonly diedNs: number;
  readonly cpu: CpuUsage;
  readonly tcp: TcpUsage;
  readonly network: NetworkUsage;
  readonly dns: DnsUsage;
  readonly evidenceLost: number;
}

export interface PathRow {
  readonly cgroupId: number;
  readonly slot: number;
  readonly pathBytes: number;
  readonly path: Uint8Array;
}

export interface AnswerRow {
  readonly sequence: number;
  readonly cgroupId: number;
  readonly cpu: number;
  readonly messageBytes: number;
  readonly message: Uint8Array;
}

export interface FootprintRow {
  readonly cgroupId: number;
  readonly preempted: readonly number[];
  readonly slept: readonly number[];
  readonly pid: number;
  readonly command: Uint8Array;
}

export interface ClueRow {
  readonly state: number;
  readonly slot: number;
  readonly cgroupId: number;
  readonly atNs: number;
  readonly cpu: number;
  readonly kind: number;
  readonly pid: number;
  readonly detail: number;
  readonly peer: Uint8Array;
  readonly port: number;
  readonly textBytes: number;
  readonly isReceived: number;
  readonly usageSlot: number;
  readonly amount: number;
  readonly command: Uint8Array;
  readonly text: Uint8Array;
}

export interface CpuRow {
  readonly cpu: number;
  readonly epoch: number;
  readonly runs: readonly number[];
  readonly lost: readonly number[];
  readonly startedNs: number;
  readonly hiddenLevels: number;
}

export interface FlowKey {
  readonly cgroupId: number;
  readonly peer: Uint8Array;
  readonly port: number;
  readonly protocol: number;
  readonly opener: number;
}

export interface FlowTraffic {
  readonly bytes: number;
  readonly segments: number;
}

export interface FlowFigures {
  readonly sent: FlowTraffic;
  readonly received: FlowTraffic;
  readonly retransmits: number;
}

export interface FlowCounts {
  readonly attempts: number;
  readonly established: number;
  readonly failures: number;
  readonly ended: number;
  readonly figures: FlowFigures;
  readonly rttUs: number;
  readonly rtts: number;
  readonly connectNs: number;
  readonly connectTimes: number;
}

export interface FlowRow {
  readonly key: FlowKey;
  readonly bornNs: number;
  readonly unlinkedNs: number;
  readonly slot: number;
  readonly isLooped: number;
  readonly local: Uint8Array;
  readonly reached: Uint8Array;
  readonly reachedPort: number;
  readonly minRttUs: number;
  readonly usedNs: number;
  readonly events: number;
  readonly usageSlot: number;
  readonly counts: FlowCounts;
}

export interface ConnectionRow {
  readonly cgroupId: number;
  readonly flowSlot: number;
  readonly usageSlot: number;
  readonly flowBornNs: number;
  readonly figures: FlowFigures;
  readonly isEstablished: number;
  readonly rttUs: number;
  readonly minRttUs: number;
}

class FlowKeyCursor implements FlowKey {
  readonly #position: RowPosition;
  readonly #from: number;
  constructor(position: RowPosition, from: number) {
    this.#position = position;
    this.#from = from;
  }
  get cgroupId(): number {
    const { view } = this.#position;
    return u64(view, this.#position.at + this.#from + 0);
  }
  get peer(): Uint8Array {
    const { view } = this.#position;
    return new Uint8Array(view.buffer, view.byteOffset + this.#position.at + this.#from + 8, 16);
  }
  get port(): number {
    const { view } = this.#position;
    return view.getUint32(this.#position.at + this.#from + 24, true);
  }
  get protocol(): number {
    const { view } = this.#position;
    return view.getUint32(this.#position.at + this.#from + 28, true);
  }
  get opener(): number {
    const { view } = this.#position;
    return view.getUint32(this.#position.at + this.#from + 32, true);
  }
}

class FlowTrafficCursor implements FlowTraffic {
  readonly #position: RowPosition;
  readonly #from: number;
  constructor(position: RowPosition, from: number) {
    this.#position = position;
    this.#from = from;
  }
  get bytes(): number {
    const { view } = this.#position;
    return u64(view, this.#position.at + this.#from + 0);
  }
  get segments(): number {
    const { view } = this.#position;
    return u64(view, this.#position.at + this.#from + 8);
  }
}

class FlowFiguresCursor implements FlowFigures {
  readonly #position: RowPosition;
  readonly #from: number;
  readonly sent: FlowTraffic;
  readonly received: FlowTraffic;
  constructor(position: RowPosition, from: number) {
    this.#position = position;
    this.#from = from;
    this.sent = new FlowTrafficCursor(position, from + 0);
    this.received = new FlowTrafficCursor(position, from + 16);
  }
  get retransmits(): number {
    const { view } = this.#position;
    return u64(view, this.#position.at + this.#from + 32);
  }
}

class FlowCountsCursor implements FlowCounts {
  readonly #position: RowPosition;
  readonly #from: number;
  readonly figures: FlowFigures;
  constructor(position: RowPosition, from: number) {
    this.#position = position;
    this.#from = from;
    this.figures = new FlowFiguresCursor(position, from + 32);
  }
  get attempts(): number {
    const { view } = this.#position;
    return u64(view, this.#position.at + this.#from + 0);
  }
  get established(): number {
    const { view } = this.#position;
    return u64(view, this.#position.at + this.#from + 8);
  }
  get failures(): number {
    const { view } = this.#position;
    return u64(view, this.#position.at + this.#from + 16);
  }
  get ended(): number {
    const { view } = this.#position;
    return u64(view, this.#position.at + this.#from + 24);
  }
  get rttUs(): number {
    const { view } = this.#position;
    return u64(view, this.#position.at + this.#from + 72);
  }
  get rtts(): number {
    const { view } = this.#position;
    return u64(view, this.#position.at + this.#from + 80);
  }
  get connectNs(): number {
    const { view } = this.#position;
    return u64(view, this.#position.at + this.#from + 88);
  }
  get connectTimes(): number {
    const { view } = this.#position;
    return u64(view, this.#position.at + this.#from + 96);
  }
}

class FlowRowCursor implements FlowRow {
  readonly #position: RowPosition;
  readonly #from: number;
  readonly key: FlowKey;
  readonly counts: FlowCounts;
  constructor(position: RowPosition, from: number) {
    this.#position = position;
    this.#from = from;
    this.key = new FlowKeyCursor(position, from + 0);
    this.counts = new FlowCountsCursor(position, from + 120);
  }
  get bornNs(): number {
    const { view } = this.#position;
    return u64(view, this.#position.at + this.#from + 40);
  }
  get unlinkedNs(): number {
    const { view } = this.#position;
    return u64(view, this.#position.at + this.#from + 48);
  }
  get slot(): number {
    const { view } = this.#position;
    return view.getUint32(this.#position.at + this.#from + 56, true);
  }
  get isLooped(): number {
    const { view } = this.#position;
    return view.getUint32(this.#position.at + this.#from + 60, true);
  }
  get local(): Uint8Array {
    const { view } = this.#position;
    return new Uint8Array(view.buffer, view.byteOffset + this.#position.at + this.#from + 64, 16);
  }
  get reached(): Uint8Array {
    const { view } = this.#position;
    return new Uint8Array(view.buffer, view.byteOffset + this.#position.at + this.#from + 80, 16);
  }
  get reachedPort(): number {
    const { view } = this.#position;
    return view.getUint32(this.#position.at + this.#from + 96, true);
  }
  get minRttUs(): number {
    const { view } = this.#position;
    return view.getUint32(this.#position.at + this.#from + 100, true);
  }
  get usedNs(): number {
    const { view } = this.#position;
    return u64(view, this.#position.at + this.#from + 104);
  }
  get events(): number {
    const { view } = this.#position;
    return view.getUint32(this.#position.at + this.#from + 112, true);
  }
  get usageSlot(): number {
    const { view } = this.#position;
    return view.getUint32(this.#position.at + this.#from + 116, true);
  }
}

class ConnectionRowCursor implements ConnectionRow {
  readonly #position: RowPosition;
  readonly #from: number;
  readonly figures: FlowFigures;
  constructor(position: RowPosition, from: number) {
    this.#position = position;
    this.#from = from;
    this.figures = new FlowFiguresCursor(position, from + 24);
  }
  get cgroupId(): number {
    const { view } = this.#position;
    return u64(view, this.#position.at + this.#from + 0);
  }
  get flowSlot(): number {
    const { view } = this.#position;
    return view.getUint32(this.#position.at + this.#from + 8, true);
  }
  get usageSlot(): number {
    const { view } = this.#position;
    return view.getUint32(this.#position.at + this.#from + 12, true);
  }
  get flowBornNs(): number {
    const { view } = this.#position;
    return u64(view, this.#position.at + this.#from + 16);
  }
  get isEstablished(): number {
    const { view } = this.#position;
    return view.getUint32(this.#position.at + this.#from + 64, true);
  }
  get rttUs(): number {
    const { view } = this.#position;
    return view.getUint32(this.#position.at + this.#from + 72, true);
  }
  get minRttUs(): number {
    const { view } = this.#position;
    return view.getUint32(this.#position.at + this.#from + 76, true);
  }
}

export const usageRow: Layout<UsageRow> = {
  name: 'usage_row',
  size: 336,
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
      tirelessNs: u64(view, at + 120),
    },
    tcp: {
      connects: u64(view, at + 128),
      accepts: u64(view, at + 136),
      connectFailures: u64(view, at + 144),
      resets: u64(view, at + 152),
      retransmits: u64(view, at + 160),
      connectNs: u64(view, at + 168),
      payloadSent: u64(view, at + 176),
      payloadReceived: u64(view, at + 184),
    },
    network: {
      transmit: [
        {
          bytes: u64(view, at + 192),
          packets: u64(view, at + 200),
        },
        {
          bytes: u64(view, at + 208),
          packets: u64(view, at + 216),
        },
        {
          bytes: u64(view, at + 224),
          packets: u64(view, at + 232),
        },
      ],
      receive: [
        {
          bytes: u64(view, at + 240),
          packets: u64(view, at + 248),
        },
        {
          bytes: u64(view, at + 256),
          packets: u64(view, at + 264),
        },
        {
          bytes: u64(view, at + 272),
          packets: u64(view, at + 280),
        },
      ],
    },
    dns: {
      queries: [
        u64(view, at + 288),
        u64(view, at + 296),
        u64(view, at + 304),
        u64(view, at + 312),
      ],
      waitNs: u64(view, at + 320),
    },
    evidenceLost: u64(view, at + 328),
  }),
};

export const pathRow: Layout<PathRow> = {
  name: 'path_row',
  size: 496,
  decode: (view, at) => ({
    cgroupId: u64(view, at),
    slot: view.getUint32(at + 8, true),
    pathBytes: view.getUint32(at + 12, true),
    path: new Uint8Array(view.buffer, view.byteOffset + at + 16, 480),
  }),
};

export const answerRow: Layout<AnswerRow> = {
  name: 'answer_row',
  size: 536,
  decode: (view, at) => ({
    sequence: u64(view, at),
    cgroupId: u64(view, at + 8),
    cpu: view.getUint32(at + 16, true),
    messageBytes: view.getUint32(at + 20, true),
    message: new Uint8Array(view.buffer, view.byteOffset + at + 24, 512),
  }),
};

export const footprintRow: Layout<FootprintRow> = {
  name: 'footprint_row',
  size: 96,
  decode: (view, at) => ({
    cgroupId: u64(view, at),
    preempted: [
      u64(view, at + 8),
      u64(view, at + 16),
      u64(view, at + 24),
      u64(view, at + 32),
    ],
    slept: [
      u64(view, at + 40),
      u64(view, at + 48),
      u64(view, at + 56),
      u64(view, at + 64),
    ],
    pid: view.getUint32(at + 72, true),
    command: new Uint8Array(view.buffer, view.byteOffset + at + 80, 16),
  }),
};

export const clueRow: Layout<ClueRow> = {
  name: 'clue_row',
  size: 608,
  decode: (view, at) => ({
    state: view.getUint32(at, true),
    slot: view.getUint32(at + 4, true),
    cgroupId: u64(view, at + 8),
    atNs: u64(view, at + 16),
    cpu: view.getUint32(at + 24, true),
    kind: view.getUint32(at + 28, true),
    pid: view.getUint32(at + 32, true),
    detail: view.getUint32(at + 36, true),
    peer: new Uint8Array(view.buffer, view.byteOffset + at + 40, 16),
    port: view.getUint32(at + 56, true),
    textBytes: view.getUint32(at + 60, true),
    isReceived: view.getUint32(at + 64, true),
    usageSlot: view.getUint32(at + 68, true),
    amount: u64(view, at + 72),
    command: new Uint8Array(view.buffer, view.byteOffset + at + 80, 16),
    text: new Uint8Array(view.buffer, view.byteOffset + at + 96, 512),
  }),
};

export const cpuRow: Layout<CpuRow> = {
  name: 'cpu_row',
  size: 400,
  decode: (view, at) => ({
    cpu: view.getUint32(at, true),
    epoch: view.getUint32(at + 4, true),
    runs: [
      u64(view, at + 8),
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
      u64(view, at + 112),
      u64(view, at + 120),
      u64(view, at + 128),
      u64(view, at + 136),
      u64(view, at + 144),
      u64(view, at + 152),
      u64(view, at + 160),
      u64(view, at + 168),
      u64(view, at + 176),
    ],
    lost: [
      u64(view, at + 184),
      u64(view, at + 192),
      u64(view, at + 200),
      u64(view, at + 208),
      u64(view, at + 216),
      u64(view, at + 224),
      u64(view, at + 232),
      u64(view, at + 240),
      u64(view, at + 248),
      u64(view, at + 256),
      u64(view, at + 264),
      u64(view, at + 272),
      u64(view, at + 280),
      u64(view, at + 288),
      u64(view, at + 296),
      u64(view, at + 304),
      u64(view, at + 312),
      u64(view, at + 320),
      u64(view, at + 328),
      u64(view, at + 336),
      u64(view, at + 344),
      u64(view, at + 352),
      u64(view, at + 360),
      u64(view, at + 368),
      u64(view, at + 376),
    ],
    startedNs: u64(view, at + 384),
    hiddenLevels: view.getUint32(at + 392, true),
  }),
};

export const flowRow: Layout<FlowRow> = {
  name: 'flow_row',
  size: 224,
  decode: (view, at) => ({
    key: {
      cgroupId: u64(view, at),
      peer: new Uint8Array(view.buffer, view.byteOffset + at + 8, 16),
      port: view.getUint32(at + 24, true),
      protocol: view.getUint32(at + 28, true),
      opener: view.getUint32(at + 32, true),
    },
    bornNs: u64(view, at + 40),
    unlinkedNs: u64(view, at + 48),
    slot: view.getUint32(at + 56, true),
    isLooped: view.getUint32(at + 60, true),
    local: new Uint8Array(view.buffer, view.byteOffset + at + 64, 16),
    reached: new Uint8Array(view.buffer, view.byteOffset + at + 80, 16),
    reachedPort: view.getUint32(at + 96, true),
    minRttUs: view.getUint32(at + 100, true),
    usedNs: u64(view, at + 104),
    events: view.getUint32(at + 112, true),
    usageSlot: view.getUint32(at + 116, true),
    counts: {
      attempts: u64(view, at + 120),
      established: u64(view, at + 128),
      failures: u64(view, at + 136),
      ended: u64(view, at + 144),
      figures: {
        sent: {
          bytes: u64(view, at + 152),
          segments: u64(view, at + 160),
        },
        received: {
          bytes: u64(view, at + 168),
          segments: u64(view, at + 176),
        },
        retransmits: u64(view, at + 184),
      },
      rttUs: u64(view, at + 192),
      rtts: u64(view, at + 200),
      connectNs: u64(view, at + 208),
      connectTimes: u64(view, at + 216),
    },
  }),
  cursor: (position) => new FlowRowCursor(position, 0),
};

export const connectionRow: Layout<ConnectionRow> = {
  name: 'connection_row',
  size: 80,
  decode: (view, at) => ({
    cgroupId: u64(view, at),
    flowSlot: view.getUint32(at + 8, true),
    usageSlot: view.getUint32(at + 12, true),
    flowBornNs: u64(view, at + 16),
    figures: {
      sent: {
        bytes: u64(view, at + 24),
        segments: u64(view, at + 32),
      },
      received: {
        bytes: u64(view, at + 40),
        segments: u64(view, at + 48),
      },
      retransmits: u64(view, at + 56),
    },
    isEstablished: view.getUint32(at + 64, true),
    rttUs: view.getUint32(at + 72, true),
    minRttUs: view.getUint32(at + 76, true),
  }),
  cursor: (position) => new ConnectionRowCursor(position, 0),
};

/** Indexes of {@link CpuRow.runs}. */
export const PROGRAMS = [
  'charge_slice',
  'count_transmit',
  'count_receive',
  'note_move',
  'note_release',
  'count_opening',
  'count_reset_sent',
  'count_reset_received',
  'count_retransmit',
  'count_synack_retransmit',
  'cgroup_born',
  'cgroup_died',
  'reap',
  'track_connection',
  'sweep',
  'sample_fpu',
  'see_exec',
  'see_mapping',
  'see_device',
  'see_sysctl',
  'settle',
  'mark',
] as const;

/** Indexes of {@link CpuRow.lost}. */
export const LOSSES = [
  { table: 'usage', reason: 'table_full' },
  { table: 'usage', reason: 'over_share' },
  { table: 'usage', reason: 'late' },
  { table: 'cpu', reason: 'misread' },
  { table: 'network', reason: 'no_socket' },
  { table: 'network', reason: 'no_storage' },
  { table: 'network', reason: 'over_share' },
  { table: 'network', reason: 'bad_header' },
  { table: 'tcp', reason: 'no_cgroup' },
  { table: 'path', reason: 'truncated' },
  { table: 'flow', reason: 'table_full' },
  { table: 'flow', reason: 'over_share' },
  { table: 'flow', reason: 'evicted' },
  { table: 'flow', reason: 'no_storage' },
  { table: 'connection', reason: 'over_share' },
  { table: 'settle', reason: 'taken_over' },
  { table: 'dns', reason: 'no_storage' },
  { table: 'dns', reason: 'over_share' },
  { table: 'dns', reason: 'crowded' },
  { table: 'answer', reason: 'unread' },
  { table: 'answer', reason: 'over_share' },
  { table: 'clue', reason: 'unread' },
  { table: 'clue', reason: 'over_share' },
  { table: 'payload', reason: 'no_storage' },
  { table: 'payload', reason: 'over_share' },
] as const;

/** Values of {@link ClueRow.kind}. */
export const CLUE_KINDS = [
  'exec',
  'payload',
  'mapping',
  'name',
  'nameless',
  'device',
  'sysctl',
] as const;

/** Dialects of a payload clue: bits of {@link ClueRow.detail}. */
export const DIALECTS = [
  'cryptonote_login',
  'cryptonote_submit',
  'cryptonote_keepalive',
  'cryptonote_job',
  'stratum_call',
  'stratum_push',
  'ethproxy',
  'solo',
  'getwork',
  'node_rpc',
  'stratum_either',
  'stratum_offer',
] as const;

/** Reasons for an exec clue: bits of {@link ClueRow.detail}. */
export const EXEC_REASONS = [
  'words',
  'name',
  'memory',
  'unlinked',
  'upper',
] as const;

/** Slots of the usage table that belong to no cgroup. */
export const RESERVED_SLOTS = {
  retired: 0,
  rest: 1,
  loopback: 2,
} as const;

/** Sizes of map values, in bytes. A usage row is a head and one cell per CPU. */
export const STORED_BYTES = {
  pathRow: 496,
  flowKey: 40,
  answerRow: 536,
  footprintRow: 96,
  clueRow: 608,
  control: 16,
  usageCell: 384,
  usage: 256,
  flowCell: 32,
  flow: 256,
  cpuState: 936,
  connection: 112,
} as const;

/** Changes with the layout of the map values. */
export const LAYOUT_HASH = '72e0001e';
