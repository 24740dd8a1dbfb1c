import { addressOctets } from '../../core/flow/address.ts';
import type { Flow } from '../../core/flow/flow.ts';
import { NetworkList, parseNetwork } from '../../core/flow/network.ts';
import type { PeerIdentity } from '../../core/flow/peer-identity.ts';
import { RequestError } from './call-status.ts';
import type { ConnectionsRequest } from './view.ts';

/** Builds the filter of a request. The row of other peers has no address, so no peer matches it. */
export function flowFilter({
  namespace = '',
  pod = '',
  peer = '',
}: ConnectionsRequest): (flow: Flow) => boolean {
  const isPeer = peer === '' ? () => true : peerFilter(peer);
  return (flow) =>
    (namespace === '' || flow.namespace === namespace) && flow.pod.startsWith(pod) && isPeer(flow);
}

type IsWanted = (flow: Flow) => boolean;

function peerFilter(peer: string): IsWanted {
  const identity = identityFilter(peer);
  if (identity) return identity;
  const [network = '', bits, ...more] = peer.split('/');
  if (addressOctets(network) && more.length === 0) return networkFilter(peer);
  if (more.length > 0 || network === '' || !/^[\w.:/-]+$/.test(peer)) throw malformed(peer);
  return bits === undefined ? textFilter(peer.toLowerCase()) : podFilter(network, bits);
}

/** `svc/NAMESPACE/NAME`, or `node/NAME`, which also matches pods of a namespace named node. */
function identityFilter(peer: string): IsWanted | undefined {
  if (peer === 'apiserver') return has(({ kind }) => kind === 'apiserver');
  const [, namespace, service] = /^svc\/([\w.-]+)\/([\w.-]+)$/.exec(peer) ?? [];
  if (service !== undefined)
    return has((one) => one.kind === 'service' && isNamed(one, namespace, service));
  const node = /^node\/([\w.-]+)$/.exec(peer)?.[1];
  if (node === undefined) return undefined;
  const isPod = podFilter('node', node);
  const isNode = has(({ kind, name }) => kind === 'node' && name === node);
  return (flow) => isNode(flow) || isPod(flow);
}

function has(is: (identity: PeerIdentity) => boolean): IsWanted {
  return ({ peerIdentity, reachedIdentity }) =>
    [peerIdentity, reachedIdentity].some((identity) => identity !== undefined && is(identity));
}

function isNamed(one: PeerIdentity, namespace: string | undefined, name: string): boolean {
  return one.namespace === namespace && one.name === name;
}

/** Matches the start of an address, a DNS name, or its domain. */
function textFilter(text: string): IsWanted {
  return ({ peerAddress, peerName = '' }) =>
    peerAddress.startsWith(text) || peerName === text || peerName.endsWith(`.${text}`);
}

function podFilter(namespace: string, pod: string): IsWanted {
  const isKnown = has(
    ({ kind, ...one }) => kind === 'pod' && one.namespace === namespace && one.name.startsWith(pod),
  );
  return (flow) => {
    const { peer } = flow;
    return (peer?.namespace === namespace && peer.pod.startsWith(pod)) || isKnown(flow);
  };
}

/** Compares addresses as numbers, because IPv6 has many texts for one address. */
function networkFilter(peer: string): IsWanted {
  const network = parseNetwork(peer);
  if (!network) throw malformed(peer);
  const wanted = new NetworkList([network]);
  return ({ peerAddress }) => {
    const octets = addressOctets(peerAddress);
    return octets !== undefined && wanted.has(octets);
  };
}

function malformed(peer: string): RequestError {
  const got = JSON.stringify(peer.slice(0, 100));
  return new RequestError(
    `peer: got ${got}, want an address or the start of one, a network such as 10.0.0.0/8, ` +
      'a DNS name, NAMESPACE/POD, svc/NAMESPACE/NAME, node/NAME or apiserver',
  );
}
