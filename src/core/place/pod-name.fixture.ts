import type { PodName } from './pod-name.ts';

/** API data of the pod shop/web-0, without owner and containers, plus the differences. */
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
