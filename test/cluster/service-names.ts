import { spawn } from 'node:child_process';
import { optionsOf } from '../../lab/network/dns.ts';
import { endWithTests } from '../../lab/process/children.ts';
import { endNow, inNetwork } from '../../lab/process/process.ts';
import { type ClusterNetwork, GATEWAY } from './network.ts';

export const DOMAIN = 'cluster.local';

/** The cluster's DNS: addresses by `SERVICE.NAMESPACE`. Removed at disposal. */
export function serveNames(
  { netns }: ClusterNetwork,
  addresses: Readonly<Record<string, string>>,
): AsyncDisposable {
  const records = Object.entries(addresses).map(
    ([name, address]) => `--host-record=${name}.svc.${DOMAIN},${address}`,
  );
  const options = [...optionsOf(DOMAIN, [GATEWAY]), ...records];
  const server = endWithTests(spawn(...inNetwork(netns, 'dnsmasq', options), { stdio: 'ignore' }));
  return { [Symbol.asyncDispose]: () => endNow(server) };
}
