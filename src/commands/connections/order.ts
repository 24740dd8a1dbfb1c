import type { Flow } from '../../core/flow/flow.ts';

/** Orders by total bytes, then by name. */
export function busiestFirst(flows: readonly Flow[]): Flow[] {
  const bytes = ({ sent, received }: Flow) => sent.bytes + received.bytes;
  return flows.toSorted((a, b) => bytes(b) - bytes(a) || compareNames(a, b));
}

function compareNames(a: Flow, b: Flow): number {
  const [left, right] = [nameOf(a), nameOf(b)];
  if (left === right) return a.port - b.port;
  return left < right ? -1 : 1;
}

function nameOf({ namespace, pod, container, peerAddress }: Flow): string {
  return [namespace, pod, container, peerAddress].join('\0');
}
