import { canonicalAddress } from '../../../core/flow/address.ts';
import { listAt, nameAt } from './json.ts';
import type { Topology } from './topology.ts';

/** The fields of a node that Vigia keeps. */
export interface NodeObject extends Topology {
  readonly uid: string;
  readonly name: string;
  readonly addresses: readonly string[];
}

const MOST_ADDRESSES = 64;
const WITH_ADDRESS = new Set(['InternalIP', 'ExternalIP']);

/** Undefined for a malformed node. */
export function readNode(object: unknown): NodeObject | undefined {
  const uid = nameAt(object, 'metadata', 'uid');
  const name = nameAt(object, 'metadata', 'name');
  if (uid === '' || name === '') return undefined;
  const label = (key: string) =>
    nameAt(object, 'metadata', 'labels', `topology.kubernetes.io/${key}`);
  const addresses = listAt(object, MOST_ADDRESSES, 'status', 'addresses')
    .filter((one) => WITH_ADDRESS.has(nameAt(one, 'type')))
    .map((one) => canonicalAddress(nameAt(one, 'address')))
    .filter((address) => address !== '');
  return { uid, name, addresses, zone: label('zone'), region: label('region') };
}
