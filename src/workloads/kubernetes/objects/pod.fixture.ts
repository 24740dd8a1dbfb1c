/** A pod as the API returns it: shop/web-0 of a Deployment, with the given differences. */
export function podJson(different: Readonly<Record<string, unknown>> = {}): object {
  return {
    metadata: {
      uid: 'aaaa-1',
      namespace: 'shop',
      name: 'web-7d9f-x2x',
      resourceVersion: '7',
      labels: { 'pod-template-hash': '7d9f' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-7d9f', controller: true }],
    },
    spec: { nodeName: 'n1', containers: [{ name: 'app' }] },
    status: {
      phase: 'Running',
      startTime: '2026-01-01T00:00:00Z',
      podIP: '10.244.0.9',
      podIPs: [{ ip: '10.244.0.9' }, { ip: 'fd00::9' }],
      containerStatuses: [{ name: 'app', containerID: `containerd://${idOf('a')}` }],
    },
    ...different,
  };
}

/** A container id of one digit. */
export const idOf = (digit: string): string => digit.repeat(64);
