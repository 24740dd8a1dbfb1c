import type { Family, FamilyGroup } from '../family.ts';
import { TRAFFIC_MEASURES } from '../measures.ts';
import { hasPackets } from '../scrape.ts';
import { writeTraffic } from './traffic.ts';

const families = TRAFFIC_MEASURES.map(
  ({ stem, what, direction, of }): Family => ({
    name: `vigia_pod_network_${stem}`,
    help: `${what} on sockets of the pod, before IP fragmentation, without loopback. A socket belongs to the cgroup that created it.`,
    type: 'counter',
    labelNames: ['namespace', 'pod', 'protocol'],
    isShown: hasPackets,
    write: ({ pods }, sink) => {
      for (const { usage, protocolLabels } of pods) {
        writeTraffic(sink, {
          traffic: usage.usage.network[direction],
          of,
          protocolLabels,
          createdSeconds: usage.createdSeconds,
        });
      }
    },
  }),
);

export const networkFamilies: FamilyGroup = {
  title: 'Network, by pod',
  note: "`protocol` is `tcp`, `udp` or `other`, IPv4 and IPv6 together; `other` appears once it is not zero. Super-packets (GSO, GRO) count as the packets they stand for. Forwarded packets are nobody's.",
  families,
};
