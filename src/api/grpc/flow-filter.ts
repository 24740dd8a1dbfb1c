import { BlockList, isIP } from 'node:net';
import type { Flow } from '../../core/flow.ts';
import { RequestError } from './request-error.ts';
import type { ConnectionsRequest } from './view.ts';

/** Tells which flows a request asks for. The sum of the other peers has no address to fit. */
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
  const [network = '', bits, ...more] = peer.split('/');
  if (isIP(network) !== 0 && more.length === 0) return networkFilter(peer, network, bits);
  if (more.length > 0 || network === '' || !/^[\w.:/-]+$/.test(peer)) throw malformed(peer);
  return bits === undefined ? textFilter(peer.toLowerCase()) : podFilter(network, bits);
}

/** What an address begins with, a DNS name, or a domain that it is in. */
function textFilter(text: string): IsWanted {
  return ({ peerAddress, peerName = '' }) =>
    peerAddress.startsWith(text) || peerName === text || peerName.endsWith(`.${text}`);
}

function podFilter(namespace: string, pod: string): IsWanted {
  return ({ peer }) => peer?.namespace === namespace && peer.pod.startsWith(pod);
}

/** Addresses are compared as numbers: IPv6 has many texts for one. */
function networkFilter(peer: string, network: string, bits: string | undefined): IsWanted {
  const family = network.includes(':') ? 'ipv6' : 'ipv4';
  const widest = family === 'ipv4' ? 32 : 128;
  if (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= widest))
    throw malformed(peer);
  const wanted = new BlockList();
  wanted.addSubnet(network, Number(bits ?? widest), family);
  // A block list would find IPv4 addresses in IPv6 networks, where they can be mapped to.
  return ({ peerAddress }) => familyOf(peerAddress) === family && wanted.check(peerAddress, family);
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  if (address === '') return undefined;
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

function malformed(peer: string): RequestError {
  const got = JSON.stringify(peer.slice(0, 100));
  return new RequestError(
    `peer: got ${got}, want an address, what addresses begin with, a network such as 10.0.0.0/8, ` +
      'a DNS name, or NAMESPACE/POD',
  );
}
