import type { FamilyGroup } from '../family.ts';

export const infoFamilies: FamilyGroup = {
  title: 'Information',
  note: 'Join it with other metrics on `namespace` and `pod`.',
  families: [
    {
      name: 'vigia_pod_info',
      help: 'Metadata of the pod; the value is always 1. host_network and the owner labels are empty without the Kubernetes API, uid is empty outside Kubernetes.',
      type: 'info',
      labelNames: ['namespace', 'pod', 'uid', 'node', 'host_network', 'owner_kind', 'owner_name'],
      write: ({ pods }, sink) => {
        for (const { infoLabels } of pods) sink.sample(infoLabels, 1);
      },
    },
  ],
};
