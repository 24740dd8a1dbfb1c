import { expect, test } from 'vitest';
import { flowRow, ipv4 } from '../flow/flow-record.fixture.ts';
import type { FlowRecord, OpenConnection } from '../flow/flow-record.ts';
import { noNames, type PodName } from '../place/pod-name.ts';
import { reading, retired, row } from '../reading/reading.fixture.ts';
import type { Reading } from '../reading/reading.ts';
import { Ledger } from './ledger.ts';
import type { NodeUsage } from './node-usage.ts';

const PATHS: Readonly<Record<number, string>> = {
  10: '/system.slice/web.service',
  20: '/kubepods/podaaaa-1',
};
const API: PodName = {
  namespace: 'shop',
  pod: 'api-5d-x',
  hostNetwork: false,
  ownerKind: 'ReplicaSet',
  ownerName: 'api-5d',
  containers: new Map(),
};

class Story {
  name: PodName | undefined = API;
  readonly #ledger: Ledger;

  constructor(maxPairs: number | undefined = 10) {
    this.#ledger = new Ledger({ maxPairs });
  }

  see(cgroupIds: readonly number[], told: Partial<Reading>): NodeUsage {
    const rows = cgroupIds.map((cgroupId) => row({ cgroupId, bornNs: cgroupId }));
    const { usage } = this.#ledger.attribute(reading([retired(), ...rows], told), {
      pathOf: (id) => PATHS[id],
      names: { ...noNames, nameOf: (uid) => (uid === 'aaaa-1' ? this.name : noNames.nameOf(uid)) },
      classOf: () => 'internet',
      throttledNsOf: () => undefined,
    });
    return usage;
  }
}

const shown = ({ pairs }: NodeUsage) =>
  pairs?.all.map(({ pair, sentBytes }) => {
    const { namespace, workload, peerNamespace, peerWorkload } = pair;
    return `${namespace}/${workload} ${peerNamespace}/${peerWorkload} ${sentBytes}`;
  });

const flows = (sentBytes: number) => [
  flowRow({ local: ipv4(10, 0, 0, 9), established: 1, sentBytes }),
  flowRow({
    cgroupId: 20,
    slot: 501,
    local: ipv4(10, 0, 0, 1),
    peer: ipv4(10, 0, 0, 9),
    opener: 1,
    established: 1,
  }),
];

test('a pair consists of owners, and of pods without an owner', () => {
  const story = new Story();
  expect(shown(story.see([10, 20], { flow: flows(5) }))).toEqual([]);
  const after = story.see([10, 20], { flow: flows(5) });
  expect(shown(after)).toEqual(['system.slice/web.service shop/api-5d 5']);
});

test('figures booked before a pod has its name are not booked again', () => {
  const story = new Story();
  story.name = undefined;
  story.see([10, 20], { flow: flows(5) });
  expect(shown(story.see([10, 20], { flow: flows(5) }))?.[0]).toMatch(/ 5$/);
  story.name = API;
  story.see([10, 20], { flow: flows(6) });
  const after = story.see([10, 20], { flow: flows(6) });
  expect(shown(after)).toEqual(['system.slice/web.service shop/api-5d 1']);
});

test('when the kernel’s counters restart, the books restart', () => {
  const story = new Story();
  story.see([10, 20], { flow: flows(50) });
  story.see([10, 20], { flow: flows(50) });
  const afresh = { flow: flows(4), startedNs: 1_050e9 };
  story.see([10, 20], afresh);
  expect(shown(story.see([10, 20], afresh))).toEqual(['system.slice/web.service shop/api-5d 4']);
});

test('without pairs, no flow is read', () => {
  const untouched = {
    [Symbol.iterator]: () => {
      throw new Error('looked at');
    },
  } as Iterable<FlowRecord & OpenConnection>;
  const ledger = new Ledger();
  const told = { flow: untouched, connection: untouched };
  const { usage } = ledger.attribute(reading([retired()], told), {
    pathOf: () => undefined,
    names: noNames,
    classOf: () => 'internet',
    throttledNsOf: () => undefined,
  });
  expect(usage.pairs).toBeUndefined();
});
