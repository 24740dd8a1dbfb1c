import type { PodName } from '../place/pod-name.ts';
import { reading, row } from '../reading/reading.fixture.ts';
import type { CgroupUsage, Reading } from '../reading/reading.ts';
import { Ledger } from './ledger.ts';
import type { NodeUsage, PodUsage } from './node-usage.ts';

export const UID = '6f1d5b2a-0c3e-4d5f-8a9b-0123456789ab';
export const OTHER_UID = '7f1d5b2a-0c3e-4d5f-8a9b-0123456789ab';
export const ID: string = '0123456789ab'.padEnd(64, 'c');
export const NEXT_ID: string = 'ba9876543210'.padEnd(64, 'd');

/** Paths by cgroup id. */
const PATHS: Readonly<Record<number, string>> = {
  10: '/system.slice/web.service',
  11: '/system.slice/web.service',
  12: '/system.slice/web.service/worker',
  20: `/kubepods/burstable/pod${UID}`,
  21: `/kubepods/burstable/pod${UID}/${ID}`,
  22: `/kubepods/burstable/pod${UID}/${NEXT_ID}`,
  31: `/kubepods/burstable/pod${OTHER_UID}/${NEXT_ID}`,
};

export class Story {
  readonly ledger: Ledger = new Ledger();
  readonly names: Map<string, PodName> = new Map();
  /** Uid of the pod by container id. */
  readonly uids: Map<string, string> = new Map();
  readonly paths: Map<number, string> = new Map(
    Object.entries(PATHS).map(([id, path]) => [Number(id), path]),
  );
  readonly throttled: Map<string, number> = new Map();

  see(rows: readonly CgroupUsage[], told: Partial<Reading> = {}): NodeUsage {
    const { usage } = this.ledger.attribute(reading(rows, told), {
      pathOf: (id) => this.paths.get(id),
      names: { nameOf: (uid) => this.names.get(uid), uidOf: (id) => this.uids.get(id) },
      classOf: () => 'internet',
      throttledNsOf: (path) => this.throttled.get(path),
    });
    return usage;
  }
}

export const used = (
  cgroupId: number,
  oncpuNs: number,
  more: { diedNs?: number; bytes?: number } = {},
): CgroupUsage =>
  row({
    cgroupId,
    bornNs: 1_000e9 + cgroupId * 1e9,
    diedNs: more.diedNs ?? 0,
    cpu: { oncpuNs },
    transmit: [[more.bytes ?? 0, 0]],
  });

export function podOf(snapshot: NodeUsage, pod: string): PodUsage {
  const [found, ...more] = snapshot.pods.filter((one) => one.pod === pod);
  if (found === undefined || more.length > 0) {
    throw new Error(`not one pod ${pod} among ${snapshot.pods.map((one) => one.pod).join(', ')}`);
  }
  return found;
}

export const cpuOf = (snapshot: NodeUsage, pod: string): number =>
  podOf(snapshot, pod).usage.cpu.oncpuNs;
export const bytesOf = (snapshot: NodeUsage, pod: string): number | undefined =>
  podOf(snapshot, pod).usage.network.transmit[0]?.bytes;
