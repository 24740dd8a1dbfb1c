import type { Family, FamilyGroup } from '../family.ts';
import { PAYLOAD_MEASURES, TCP_MEASURES } from '../measures.ts';

const families = [...TCP_MEASURES, ...PAYLOAD_MEASURES].map(
  ({ stem, what, note, of, isShown }): Family => ({
    name: `vigia_pod_${stem}`,
    help: `${what} on sockets of the pod. ${note} Includes loopback. An accepted socket belongs to its listener's cgroup.`,
    type: 'counter',
    labelNames: ['namespace', 'pod'],
    ...(isShown && { isShown }),
    write: ({ pods }, sink) => {
      for (const { labels, usage } of pods) {
        sink.sample(labels, of(usage.usage.tcp), usage.createdSeconds);
      }
    },
  }),
);

export const tcpFamilies: FamilyGroup = {
  title: 'TCP, by pod',
  note: 'Charged to the cgroup of the socket, regardless of the task that is running.',
  families,
};
