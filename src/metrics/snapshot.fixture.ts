import { Ledger } from '../core/ledger/ledger.ts';
import { evidence, finding } from '../core/mining/findings.fixture.ts';
import type { Finding } from '../core/mining/verdict/finding.ts';
import { noNames, type PodName } from '../core/place/pod-name.ts';
import { loopback, reading, rest, retired, row } from '../core/reading/reading.fixture.ts';
import type { CgroupUsage, Reading } from '../core/reading/reading.ts';
import type { Snapshot } from '../core/snapshot.ts';
import { runTick } from '../core/tick.ts';

const ID = '0123456789ab'.padEnd(64, 'c');
const UNNAMED_UID = '7f1d5b2a-0c3e-4d5f-8a9b-0123456789ab';

const PATHS: Readonly<Record<number, string>> = {
  10: '/kubepods/burstable/podaaaa-1',
  11: `/kubepods/burstable/podaaaa-1/${ID}`,
  12: `/kubepods/besteffort/pod${UNNAMED_UID}/${ID}`,
  13: '/system.slice/a\\x1bb "c"\n.service',
  14: '/system.slice',
};

const WEB: PodName = {
  namespace: 'shop',
  pod: 'web-0',
  hostNetwork: true,
  ownerKind: 'StatefulSet',
  ownerName: 'web',
  containers: new Map([[ID, 'app']]),
};

const ROWS: readonly CgroupUsage[] = [
  retired({ cpu: { oncpuNs: 2.5e9, waitNs: 1e9, waitHistogram: [1] }, tcp: { connects: 3 } }),
  rest({ receive: [[60, 1]] }),
  loopback({ transmit: [[640, 10]], receive: [[640, 10]] }),
  row({ cgroupId: 10, bornNs: 1_010e9 }),
  row({
    cgroupId: 11,
    bornNs: 1_010.5e9,
    cpu: {
      oncpuNs: 1_500_000_001,
      waitNs: 250e6,
      preemptions: 7,
      waitHistogram: [5, 4, 3, 2, 1, 0, 0, 1],
    },
    transmit: [
      [1000, 10],
      [28, 1],
      [84, 1],
    ],
    receive: [[2 ** 52, 4]],
    tcp: {
      connects: 1,
      accepts: 2,
      connectFailures: 3,
      resets: 4,
      retransmits: 5,
      connectNs: 1_250_000,
    },
    dns: { queries: [40, 30, 2, 1], waitNs: 36e6 },
    evidenceLost: 3,
  }),
  row({ cgroupId: 12, bornNs: 1_020e9, cpu: { oncpuNs: 1e6 } }),
  row({ cgroupId: 13, bornNs: 1_030e9, cpu: { oncpuNs: 1 } }),
  row({ cgroupId: 14, cpu: { oncpuNs: 3e9 } }),
];

const SELF: Partial<Reading> = {
  runs: [
    { program: 'charge_slice', count: 1e6 },
    { program: 'count_transmit', count: 12 },
  ],
  lost: [{ table: 'usage', reason: 'table_full', count: 0 }],
  maps: [{ map: 'usage', entries: 8, maxEntries: 4096 }],
};

/** The named pod mines. The unit with a name that must be escaped has evidence, too, but may mine. */
const FINDINGS: readonly Finding[] = [
  finding({ namespace: 'shop', pod: 'web-0' }),
  finding({
    namespace: 'system.slice',
    pod: 'a\\x2d "c"\n.service',
    score: 0,
    verdict: 'allowed',
    evidence: [evidence({ count: 1 })],
  }),
];

/** A small node: a named pod, an unnamed one, a unit with a name that must be escaped. */
export function smallNode(): Snapshot {
  const steps = { nodeName: 'node-1', ledger: new Ledger(), judges: [] };
  const { snapshot } = runTick(steps, reading(ROWS, SELF), {
    pathOf: (id) => PATHS[id],
    names: { ...noNames, nameOf: (uid) => (uid === 'aaaa-1' ? WEB : undefined) },
    classOf: () => 'internet',
    throttledNsOf: (path) => (path.includes('aaaa-1') ? 125e6 : undefined),
  });
  return { ...snapshot, findings: FINDINGS };
}

/** `pods` pods of three containers each, all of them active. */
export function largeReading(pods: number, tick: number = 0): Reading {
  const rows = Array.from({ length: pods * 4 }, (_, i) =>
    row({
      cgroupId: 100 + i,
      bornNs: 1_000e9 + i,
      cpu: {
        oncpuNs: i % 4 === 0 ? 0 : i * 1_234_567 + tick * 98_765,
        waitNs: i * 777 + tick,
        preemptions: i,
      },
      transmit: [
        [i * 1500 + tick, i],
        [i * 90, i],
      ],
      receive: [
        [i * 1400, i],
        [i * 90 + tick, i],
      ],
      tcp: { connects: i },
    }),
  );
  return reading([retired(), rest(), loopback(), ...rows]);
}

/** The path of a cgroup of {@link largeReading}: first the pod, then its containers. */
export function largePathOf(cgroupId: number): string {
  const at = cgroupId - 100;
  const pod = `/kubepods/burstable/pod${String(Math.floor(at / 4)).padStart(8, '0')}-0c3e-4d5f-8a9b-0123456789ab`;
  return at % 4 === 0 ? pod : `${pod}/${String(at).padStart(12, '0').padEnd(64, 'e')}`;
}
