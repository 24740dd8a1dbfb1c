import type { FamilyGroup } from '../family.ts';

export const infoFamilies: FamilyGroup = {
  title: 'Information',
  note: 'Join it to other families by `namespace` and `pod`.',
  families: [
    {
      name: 'vigia_pod_info',
      help: 'What is known of the pod, always 1. Host network and owner are empty without the Kubernetes API, uid outside Kubernetes.',
      type: 'info',
      labelNames: ['namespace', 'pod', 'uid', 'node', 'host_network', 'owner_kind', 'owner_name'],
      write: ({ pods }, sink) => {
        for (const { infoLabels } of pods) sink.sample(infoLabels, 1);
      },
    },
  ],
};
