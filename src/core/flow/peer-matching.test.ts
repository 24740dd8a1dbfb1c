import { expect, test } from 'vitest';
import type { PeerDirectory } from './peer-directory.ts';
import type { PeerIdentity } from './peer-identity.ts';
import { matchPeers, type PeerDraft } from './peer-matching.ts';

const [WEB, DB, ELSEWHERE, SERVICE] = ['10.0.0.1', '10.0.0.2', '10.0.9.9', '10.96.0.7'];

const service: PeerIdentity = { kind: 'service', namespace: 'shop', name: 'db', workload: '' };
const stale: PeerIdentity = { kind: 'pod', namespace: 'old', name: 'gone', workload: 'gone' };
const far: PeerIdentity = { kind: 'pod', namespace: 'edge', name: 'far-1', workload: 'far' };
const met: PeerIdentity = { kind: 'pod', namespace: 'shop', name: 'db-0', workload: 'db' };

/** Owners by address; ports are the dialed ones. */
const BY_ADDRESS = new Map([
  [`${DB} 5432`, stale],
  [`${DB} -`, stale],
  [`${ELSEWHERE} 5432`, far],
  [`${ELSEWHERE} -`, far],
  [`${SERVICE} 5432`, service],
]);

const directory: PeerDirectory = {
  identityOf: ({ address, port = '-' }) => BY_ADDRESS.get(`${address} ${port}`),
  hasWorkload: () => false,
};

function end(told: Partial<PeerDraft>): PeerDraft {
  return {
    namespace: 'shop',
    pod: 'web-0',
    container: '',
    direction: 'outbound',
    protocol: 'tcp',
    peerAddress: DB,
    localAddress: WEB,
    port: 5432,
    established: 1,
    reachedAddress: '',
    reachedPort: 0,
    peer: undefined,
    peerIdentity: undefined,
    reachedIdentity: undefined,
    peerClass: undefined,
    ...told,
  };
}

const server = (): PeerDraft =>
  end({ pod: 'db-0', direction: 'inbound', peerAddress: WEB, localAddress: DB });

function tell(...drafts: readonly PeerDraft[]): PeerDraft {
  matchPeers(drafts, {
    classOf: (address) => (address === ELSEWHERE ? 'zone' : 'cluster'),
    directory,
    workloadOf: ({ pod }) => pod.replace(/-\d+$/, ''),
  });
  const [first] = drafts;
  if (!first) throw new Error('nobody');
  return first;
}

test('a match of both ends takes precedence over the address', () => {
  expect(tell(end({}), server())).toMatchObject({
    peer: { pod: 'db-0' },
    peerIdentity: met,
    peerClass: 'node',
  });
});

test('an unmatched peer is the owner of the address', () => {
  expect(tell(end({ peerAddress: ELSEWHERE }))).toMatchObject({
    peer: undefined,
    peerIdentity: far,
    reachedIdentity: undefined,
    peerClass: 'zone',
  });
  const caller = end({ direction: 'inbound', peerAddress: ELSEWHERE, localAddress: WEB });
  expect(tell(caller).peerIdentity).toEqual(far);
});

test('the dialed Service and the reached pod on another node are both reported', () => {
  const reached = { reachedAddress: ELSEWHERE, reachedPort: 5432 };
  expect(tell(end({ peerAddress: SERVICE, ...reached }))).toMatchObject({
    peerIdentity: service,
    reachedIdentity: far,
    peerClass: 'zone',
  });
});

test('the same with a matched pod of this node', () => {
  const reached = { reachedAddress: DB, reachedPort: 5432 };
  expect(tell(end({ peerAddress: SERVICE, ...reached }), server())).toMatchObject({
    peer: { pod: 'db-0' },
    peerIdentity: service,
    reachedIdentity: met,
    peerClass: 'node',
  });
});

test('of two pods that look alike none is named, regardless of the address', () => {
  const twin = { ...server(), pod: 'twin-0' };
  expect(tell(end({}), server(), twin)).toMatchObject({
    peer: undefined,
    peerIdentity: undefined,
    peerClass: 'node',
  });
});

test('the sum of peers has no identity', () => {
  expect(tell(end({ peerAddress: '' }))).toMatchObject({
    peerIdentity: undefined,
    peerClass: undefined,
  });
});
