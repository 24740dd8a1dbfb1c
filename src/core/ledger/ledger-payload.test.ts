import { expect, test } from 'vitest';
import { flowRow, openConnection, otherPeers } from '../flow/flow-record.fixture.ts';
import type { FlowRecord, OpenConnection } from '../flow/flow-record.ts';
import { podName } from '../place/pod-name.fixture.ts';
import { noNames, type PodName } from '../place/pod-name.ts';
import { reading, retired, row } from '../reading/reading.fixture.ts';
import type { Reading } from '../reading/reading.ts';
import { BOOKED_CLASSES, type BookedClass } from '../usage/usage.ts';
import { Ledger } from './ledger.ts';
import type { NodeUsage } from './node-usage.ts';

const UID = 'aaaa-1';
const OTHER_UID = 'bbbb-2';
const PATHS: Readonly<Record<number, string>> = {
  10: '/system.slice/web.service',
  20: `/kubepods/pod${UID}`,
  30: `/kubepods/pod${OTHER_UID}`,
};
const WEB = podName();

class Story {
  readonly names = new Map<string, PodName>();
  readonly #ledger: Ledger;

  constructor(hasEgress = true) {
    this.#ledger = new Ledger({ hasEgress });
  }

  see(cgroupIds: readonly number[], told: Partial<Reading>): NodeUsage {
    const rows = cgroupIds.map((cgroupId) => row({ cgroupId, bornNs: cgroupId }));
    const { usage } = this.#ledger.attribute(reading([retired(), ...rows], told), {
      pathOf: (id) => PATHS[id],
      names: { ...noNames, nameOf: (uid) => this.names.get(uid) ?? noNames.nameOf(uid) },
      classOf: () => 'internet',
      throttledNsOf: () => undefined,
    });
    expectConserved(usage);
    return usage;
  }
}

/** For each class and direction, pods + unattributed + ended = node. */
function expectConserved({ pods, unattributed, endedByNamespace, node }: NodeUsage): void {
  const parts = [...pods.map(({ usage }) => usage), unattributed];
  const all = [...parts, ...endedByNamespace.map(({ usage }) => usage)];
  for (const way of ['egress', 'ingress'] as const) {
    const sums = BOOKED_CLASSES.map((_, i) =>
      all.reduce((sum, usage) => sum + (usage[way][i] ?? 0), 0),
    );
    expect(node[way]).toEqual(sums);
  }
}

const at = (peers: BookedClass, bytes: number) =>
  BOOKED_CLASSES.map((one) => (one === peers ? bytes : 0));
const egressOf = ({ pods }: NodeUsage, pod: string) =>
  pods.find((one) => one.pod === pod)?.usage.egress;
const endedOf = ({ endedByNamespace }: NodeUsage, namespace: string) =>
  endedByNamespace.find((one) => one.namespace === namespace)?.usage.egress;

test('bytes sent by a cgroup belong to its pod, or to no pod', () => {
  const flows = [flowRow({ sentBytes: 5 }), flowRow({ slot: 501, cgroupId: 99, sentBytes: 3 })];
  const snapshot = new Story().see([10, 99], { flow: flows, connection: [openConnection(2)] });
  expect(egressOf(snapshot, 'web.service')).toEqual(at('internet', 7));
  expect(snapshot.unattributed.egress).toEqual(at('internet', 3));
  expect(snapshot.node.egress).toEqual(at('internet', 10));
});

test('bytes sent by a pod stay with it while it is exported, then with its namespace’s ended sum', () => {
  const story = new Story();
  story.see([10], { flow: [flowRow({ sentBytes: 5 })] });
  const flows = [otherPeers({ slot: 0, cgroupId: 0, sentBytes: 6 })];
  for (let missed = 0; missed < 3; missed++)
    expect(egressOf(story.see([], { flow: flows }), 'web.service')).toEqual(at('internet', 5));
  const after = story.see([], { flow: flows });
  expect(after.pods).toEqual([]);
  expect(endedOf(after, 'system.slice')).toEqual(at('internet', 5));
  expect(endedOf(after, '')).toEqual(at('unknown', 1));
});

test('received bytes belong to the pod and move with it', () => {
  const story = new Story();
  const flows = [
    flowRow({ cgroupId: 20, receivedBytes: 5 }),
    flowRow({ slot: 501, cgroupId: 99, receivedBytes: 3 }),
  ];
  story.names.set(UID, WEB);
  const snapshot = story.see([20, 99], { flow: flows });
  const ingressOf = ({ pods }: NodeUsage) => pods.map(({ usage }) => usage.ingress);
  expect(ingressOf(snapshot)).toEqual([at('internet', 5)]);
  expect(snapshot.unattributed.ingress).toEqual(at('internet', 3));
  const gone = [otherPeers({ slot: 0, cgroupId: 0, receivedBytes: 10 })];
  for (let missed = 0; missed < 3; missed++) story.see([], { flow: gone });
  const after = story.see([], { flow: gone });
  const ended = Object.fromEntries(
    after.endedByNamespace.map(({ namespace, usage }) => [namespace, usage.ingress]),
  );
  expect(ended).toEqual({ shop: at('internet', 5), '': at('unknown', 2) });
});

test('two pods that get the same name become one series', () => {
  const story = new Story();
  const flows = [
    flowRow({ cgroupId: 20, sentBytes: 5 }),
    flowRow({ cgroupId: 30, slot: 501, sentBytes: 4 }),
  ];
  story.names.set(UID, WEB);
  story.see([20, 30], { flow: flows });
  story.names.set(OTHER_UID, { ...WEB });
  expect(egressOf(story.see([20, 30], { flow: flows }), 'web-0')).toEqual(at('internet', 9));
  const more = [flowRow({ cgroupId: 20, sentBytes: 6 }), ...flows.slice(1)];
  expect(egressOf(story.see([20, 30], { flow: more }), 'web-0')).toEqual(at('internet', 10));
});

test('when the kernel’s counters restart, the books restart', () => {
  const story = new Story();
  story.see([10], { flow: [flowRow({ sentBytes: 50 })] });
  const after = story.see([10], { flow: [flowRow({ sentBytes: 4 })], startedNs: 1_050e9 });
  expect(after.node.egress).toEqual(at('internet', 4));
});

test('without egress, no flow is read', () => {
  const untouched = {
    [Symbol.iterator]: () => {
      throw new Error('looked at');
    },
  } as Iterable<FlowRecord & OpenConnection>;
  const told = { flow: untouched, connection: untouched };
  expect(new Story(false).see([10], told).node.egress).toEqual(BOOKED_CLASSES.map(() => 0));
});
