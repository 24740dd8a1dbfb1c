import { canonicalAddress } from '../../../core/flow/address.ts';
import { at, listAt, nameAt } from './json.ts';

/** The fields of a Service that Vigia keeps. */
export interface ServiceObject {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Assigned by the cluster; empty for a headless Service. */
  readonly clusterAddresses: readonly string[];
  /** Addresses of its load balancers, and its `externalIPs`. */
  readonly externalAddresses: readonly string[];
  /** As `tcp 443`. */
  readonly ports: readonly string[];
}

const MOST = 256;

/** Undefined for a malformed Service. */
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
