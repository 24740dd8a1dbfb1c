import type { Flow } from '../../core/flow/flow.ts';
import type { FlowSnapshot } from './view.ts';

/** Unix time of all fixtures. */
const NOW_SECONDS = 1_767_225_600;

/** An established connection of shop/web-0 to a database, with the given changes. */
export function flow(different: Partial<Flow> = {}): Flow {
  return {
    namespace: 'shop',
    pod: 'web-0',
    container: 'app',
    direction: 'outbound',
    protocol: 'tcp',
    peerAddress: '10.96.4.7',
    localAddress: '10.0.3.9',
    reachedAddress: '',
    reachedPort: 0,
    peer: undefined,
    peerIdentity: undefined,
    reachedIdentity: undefined,
    peerName: undefined,
    peerClass: 'private',
    port: 5432,
    openNow: 4,
    attempts: 12,
    established: 11,
    failures: 1,
    sent: { bytes: 1_536, segments: 20 },
    received: { bytes: 5 * 1024 ** 2, segments: 4_000 },
    retransmits: 3,
    rttSeconds: 0.000_412,
    minRttSeconds: 0.000_097,
    connectSeconds: 0.001_5,
    firstSeenSeconds: NOW_SECONDS - 3 * 86_400 - 4 * 3600,
    lastSeenSeconds: NOW_SECONDS - 2,
    ...different,
  };
}

const unmeasured = { rttSeconds: undefined, minRttSeconds: undefined, connectSeconds: undefined };

/** One of each kind: IPv4 out, IPv6 in, failures only, and the sum of the peers without a row. */
export const flows: readonly Flow[] = [
  flow(),
  flow({
    namespace: 'edge',
    pod: 'proxy-7d9f',
    container: 'envoy',
    direction: 'inbound',
    peerAddress: '2001:db8::17',
    localAddress: '2001:db8::2',
    peer: { namespace: 'edge', pod: 'probe-1', container: '' },
    peerIdentity: { kind: 'pod', namespace: 'edge', name: 'probe-1', workload: 'probe' },
    peerClass: 'node',
    port: 443,
    openNow: 120,
    attempts: 0,
    established: 48_211,
    failures: 0,
    sent: { bytes: 2 ** 53 - 1, segments: 2 ** 40 },
    received: { bytes: 123_456_789_012, segments: 90_000_000 },
    retransmits: 70_112,
    rttSeconds: 0.0832,
    minRttSeconds: 0.0121,
    connectSeconds: undefined,
  }),
  flow({
    container: '',
    peerAddress: '192.0.2.9',
    peerName: 'mail.example.com',
    reachedAddress: '2001:db8::25',
    reachedPort: 2525,
    peerClass: 'internet',
    port: 25,
    openNow: 0,
    attempts: 7,
    established: 0,
    failures: 7,
    sent: { bytes: 0, segments: 0 },
    received: { bytes: 0, segments: 0 },
    retransmits: 35,
    ...unmeasured,
    firstSeenSeconds: NOW_SECONDS - 125,
    lastSeenSeconds: NOW_SECONDS - 65,
  }),
  flow({
    pod: 'crawler-1',
    protocol: undefined,
    peerAddress: '',
    localAddress: '',
    peerClass: undefined,
    port: 0,
    openNow: 31,
    attempts: 9_000,
    established: 8_200,
    failures: 800,
    sent: { bytes: 900, segments: 12 },
    received: { bytes: 40, segments: 2 },
    retransmits: 1,
    ...unmeasured,
    rttSeconds: 1.25,
    firstSeenSeconds: NOW_SECONDS,
    lastSeenSeconds: NOW_SECONDS,
  }),
];

/** A Service and the pod that was reached, a pod, a node and the API server. */
export const identified: readonly Flow[] = [
  flow({
    reachedAddress: '10.244.1.7',
    reachedPort: 5433,
    peerIdentity: { kind: 'service', namespace: 'shop', name: 'db', workload: '' },
    reachedIdentity: { kind: 'pod', namespace: 'shop', name: 'db-0', workload: 'db' },
    peerClass: 'zone',
  }),
  flow({
    peerIdentity: { kind: 'pod', namespace: 'edge', name: 'proxy-1', workload: 'proxy' },
    peerName: 'proxy.example',
    peerClass: 'region',
  }),
  flow({
    peerIdentity: { kind: 'node', namespace: '', name: 'n2', workload: '' },
    peerClass: 'cluster',
  }),
  flow({
    peerIdentity: { kind: 'apiserver', namespace: 'default', name: 'kubernetes', workload: '' },
    peerClass: 'cluster',
  }),
];

export const flowSnapshot: FlowSnapshot = { nodeName: 'n1', wallMs: NOW_SECONDS * 1000, flows };
