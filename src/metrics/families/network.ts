import type { Family, FamilyGroup } from '../family.ts';
import { TRAFFIC_MEASURES, TRAFFIC_NOTE } from '../measures.ts';
import { hasPackets } from '../scrape.ts';
import { writeTraffic } from './traffic.ts';

const families = TRAFFIC_MEASURES.map(
  ({ stem, what, direction, of }): Family => ({
    name: `vigia_pod_network_${stem}`,
    help: `${what} on sockets of the pod. ${TRAFFIC_NOTE} A socket belongs to the cgroup that created it.`,
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
  note: '`protocol` is `tcp`, `udp` or `other`, for IPv4 and IPv6 together. `other` is exported once it is not zero. A super-packet (GSO, GRO) counts as the packets it consists of. Forwarded packets are not counted.',
  families,
};
