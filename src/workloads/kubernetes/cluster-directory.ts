import type { PeerClass } from '../../core/flow/peer-class.ts';
import type { PeerDirectory, PeerEndpoint } from '../../core/flow/peer-directory.ts';
import type { PeerIdentity } from '../../core/flow/peer-identity.ts';
import { workloadOf } from '../../core/place/pod-name.ts';
import { nameKey } from '../../core/text/safe-text.ts';
import { AddressBook, type AddressClaim } from './address-book.ts';
import type { ObjectSink } from './client/object-table.ts';
import type { NodeObject } from './objects/node-object.ts';
import type { PodObject } from './objects/pod-object.ts';
import type { ServiceObject } from './objects/service-object.ts';
import { areInOtherRegions, nearnessOf, type Topology } from './objects/topology.ts';

interface Holder extends AddressClaim {
  readonly identity: PeerIdentity;
}

interface PodHolder extends Holder {
  readonly nodeName: string;
}

interface ServiceHolder extends Holder {
  readonly ports: readonly string[];
}

/** The address at which the daemon reaches the API server. */
export type ApiEndpoint = () => { readonly address: string; readonly port: number } | undefined;

const API: PeerIdentity = {
  kind: 'apiserver',
  namespace: 'default',
  name: 'kubernetes',
  workload: '',
};

/** Finds the pod, Service or node of an address in the cluster. */
export class ClusterDirectory implements PeerDirectory {
  readonly #nodeName: string;
  readonly #api: ApiEndpoint;
  readonly #pods = new AddressBook<PodHolder>();
  readonly #services = new AddressBook<ServiceHolder>();
  readonly #nodes = new AddressBook<Holder>();
  readonly #topologies = new Map<string, Topology>();
  readonly #podsByWorkload = new Map<string, number>();

  constructor(nodeName: string, api: ApiEndpoint) {
    this.#nodeName = nodeName;
    this.#api = api;
  }

  identityOf(endpoint: PeerEndpoint): PeerIdentity | undefined {
    const { address, port } = endpoint;
    const api = this.#api();
    if (port !== undefined && api?.port === port && api.address === address) return API;
    const holder = this.#pods.holderOf(address) ?? this.#nodes.holderOf(address);
    return (holder ?? this.#serviceAt(endpoint))?.identity;
  }

  hasWorkload(namespace: string, workload: string): boolean {
    return this.#podsByWorkload.has(nameKey(namespace, workload));
  }

  /** The class of an address; undefined for an address outside the cluster. */
  classOf(address: string): PeerClass | undefined {
    const nodeName = this.#nodeOf(address);
    if (nodeName === undefined) return this.#services.holderOf(address) && 'cluster';
    if (nodeName === this.#nodeName) return 'node';
    return nearnessOf(this.#topologies.get(this.#nodeName), this.#topologies.get(nodeName));
  }

  /** Whether an address is known to be in another region. */
  isOtherRegion(address: string): boolean {
    const nodeName = this.#nodeOf(address);
    const there = nodeName === undefined ? undefined : this.#topologies.get(nodeName);
    return areInOtherRegions(this.#topologies.get(this.#nodeName), there);
  }

  #nodeOf(address: string): string | undefined {
    return this.#pods.holderOf(address)?.nodeName ?? this.#nodes.holderOf(address)?.identity.name;
  }

  readonly pods: ObjectSink<PodObject> = {
    put: (pod, before) => {
      if (before) this.#forgetPod(before);
      if (pod.isFinished) return;
      const { uid, startedMs: sinceMs, nodeName } = pod;
      const { namespace, pod: name } = pod.name;
      const workload = workloadOf(pod.name);
      const identity: PeerIdentity = { kind: 'pod', namespace, name, workload };
      this.#pods.claim(pod.addresses, { uid, sinceMs, nodeName, identity });
      this.#countPod(pod, 1);
    },
    remove: (pod) => this.#forgetPod(pod),
  };

  readonly services: ObjectSink<ServiceObject> = {
    put: (service, before) => {
      if (before) this.services.remove(before);
      const { uid, namespace, name, ports } = service;
      const isApi = namespace === API.namespace && name === API.name;
      const identity: PeerIdentity = isApi
        ? API
        : { kind: 'service', namespace, name, workload: '' };
      // Cluster addresses are assigned by the API server, so they win over claimed external ones.
      this.#services.claim(service.externalAddresses, { uid, sinceMs: 0, identity, ports });
      this.#services.claim(service.clusterAddresses, { uid, sinceMs: 1, identity, ports });
    },
    remove: ({ uid, clusterAddresses, externalAddresses }) => {
      this.#services.release([...clusterAddresses, ...externalAddresses], uid);
    },
  };

  readonly nodes: ObjectSink<NodeObject> = {
    put: (node, before) => {
      if (before) this.nodes.remove(before);
      const { uid, name, zone, region, addresses } = node;
      const identity: PeerIdentity = { kind: 'node', namespace: '', name, workload: '' };
      this.#nodes.claim(addresses, { uid, sinceMs: 0, identity });
      this.#topologies.set(name, { zone, region });
    },
    remove: ({ uid, name, addresses }) => {
      this.#nodes.release(addresses, uid);
      this.#topologies.delete(name);
    },
  };

  /** Several Services can share a load balancer's address, with different ports. */
  #serviceAt({ address, port, protocol }: PeerEndpoint): ServiceHolder | undefined {
    const all = this.#services.allOf(address);
    const isItsPort = ({ ports }: ServiceHolder) => ports.includes(`${protocol} ${port}`);
    return (all.length > 1 && all.findLast(isItsPort)) || all.at(-1);
  }

  #forgetPod(pod: PodObject): void {
    if (pod.isFinished) return;
    this.#pods.release(pod.addresses, pod.uid);
    this.#countPod(pod, -1);
  }

  #countPod({ name }: PodObject, by: 1 | -1): void {
    const key = nameKey(name.namespace, workloadOf(name));
    const count = (this.#podsByWorkload.get(key) ?? 0) + by;
    if (count > 0) this.#podsByWorkload.set(key, count);
    else this.#podsByWorkload.delete(key);
  }
}
