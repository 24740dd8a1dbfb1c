import { canonicalAddress } from '../../../core/flow/address.ts';
import { at, listAt, nameAt } from './json.ts';

/** What is kept of a Service. */
export interface ServiceObject {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** That the cluster has given it, none of a headless one. */
  readonly clusterAddresses: readonly string[];
  /** That lead to it from outside: load balancers', and those that its maker has written down. */
  readonly externalAddresses: readonly string[];
  /** As `tcp 443`. */
  readonly ports: readonly string[];
}

const MOST = 256;

/** Undefined for what is no Service. */
export function readService(object: unknown): ServiceObject | undefined {
  const uid = nameAt(object, 'metadata', 'uid');
  const namespace = nameAt(object, 'metadata', 'namespace');
  const name = nameAt(object, 'metadata', 'name');
  if (uid === '' || namespace === '' || name === '') return undefined;
  const texts = (...keys: readonly string[]) =>
    listAt(object, MOST, ...keys).map((text) => nameAt({ text }, 'text'));
  const balancers = listAt(object, MOST, 'status', 'loadBalancer', 'ingress').map((one) =>
    nameAt(one, 'ip'),
  );
  return {
    uid,
    namespace,
    name,
    clusterAddresses: addressesOf([
      nameAt(object, 'spec', 'clusterIP'),
      ...texts('spec', 'clusterIPs'),
    ]),
    externalAddresses: addressesOf([...balancers, ...texts('spec', 'externalIPs')]),
    ports: listAt(object, MOST, 'spec', 'ports').map(portText),
  };
}

function addressesOf(texts: readonly string[]): string[] {
  return [...new Set(texts.map(canonicalAddress))].filter((address) => address !== '');
}

function portText(port: unknown): string {
  return `${(nameAt(port, 'protocol') || 'TCP').toLowerCase()} ${at(port, 'port')}`;
}
