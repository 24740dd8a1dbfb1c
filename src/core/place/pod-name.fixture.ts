import type { PodName } from './pod-name.ts';

/** What the API knows of the pod shop/web-0, without owner and containers, but for what is different. */
export function podName(different: Partial<PodName> = {}): PodName {
  return {
    namespace: 'shop',
    pod: 'web-0',
    hostNetwork: false,
    ownerKind: '',
    ownerName: '',
    containers: new Map(),
    ...different,
  };
}
