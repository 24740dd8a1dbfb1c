import { type NetworkPlace, POD_NETWORKS } from '../network/node-network.ts';
import type { Family } from '../network/peer.ts';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface Service extends Endpoint {
  readonly endpoints: readonly Endpoint[];
  /**
   * Clients whose address is masqueraded. A pod that dials itself always is. Outsiders are clients
   * other than pods (kube-proxy's --cluster-cidr); all is its --masquerade-all.
   */
  readonly masquerade: 'nobody' | 'outsiders' | 'all';
}

/** Installs the rules of a Service at a place, the only Service there. Removed at disposal. */
export function openService({ run }: NetworkPlace, service: Service): Disposable {
  const family = service.address.includes(':') ? 6 : 4;
  run('nft -f -', rulesOf(service, family));
  const table = `${PROTOCOLS[family]} kube-proxy`;
  return { [Symbol.dispose]: () => void run(`nft delete table ${table}`) };
}

/** nft's names of them. */
const PROTOCOLS: Readonly<Record<Family, string>> = { 4: 'ip', 6: 'ip6' };

/**
 * Rules as in kube-proxy's nftables mode. It selects a random endpoint. Here endpoints take turns,
 * so that a test knows the next one.
 */
function rulesOf(service: Service, family: Family): string {
  const { address, port, endpoints } = service;
  const ip = PROTOCOLS[family];
  const type = `ipv${family}_addr . inet_proto . inet_service : verdict`;
  const turns = endpoints.map((_, i) => `${i} : goto endpoint-${i}`);
  return `
    table ${ip} kube-proxy {
      chain mark-for-masquerade { mark set mark or 0x4000; }
      chain masquerading {
        mark and 0x4000 == 0 return
        mark set mark xor 0x4000
        masquerade fully-random
      }
      ${endpoints.map((endpoint, i) => endpointChain(ip, i, endpoint)).join('\n')}
      chain service-web {
        ${markRule(service, family)}
        numgen inc mod ${endpoints.length} vmap { ${turns.join(', ')} }
      }
      map service-ips { type ${type}; elements = { ${address} . tcp . ${port} : goto service-web }; }
      chain services { ${ip} daddr . meta l4proto . th dport vmap @service-ips; }
      chain nat-prerouting { type nat hook prerouting priority -100; jump services; }
      chain nat-output { type nat hook output priority -100; jump services; }
      chain nat-postrouting { type nat hook postrouting priority 100; jump masquerading; }
    }`;
}

function endpointChain(ip: string, index: number, { address, port }: Endpoint): string {
  const to = ip === 'ip6' ? `[${address}]:${port}` : `${address}:${port}`;
  return `chain endpoint-${index} {
    ${ip} saddr ${address} jump mark-for-masquerade
    meta l4proto tcp dnat to ${to}
  }`;
}

function markRule(service: Service, family: Family): string {
  const { address, masquerade } = service;
  if (masquerade === 'nobody') return '';
  const ip = PROTOCOLS[family];
  const whose = masquerade === 'all' ? '' : `${ip} saddr != ${POD_NETWORKS[family]}`;
  return `${ip} daddr ${address} ${whose} jump mark-for-masquerade`;
}
