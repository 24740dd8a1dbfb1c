import { execFileSync } from 'node:child_process';

/** Two network namespaces connected by a veth pair. */
export interface Networks extends Disposable {
  readonly client: Network;
  readonly server: Network;
}

export interface Network {
  readonly address: string;
  /** Prefix of a command to run inside. */
  readonly enter: readonly string[];
}

const CLIENT = '10.97.0.1';
const SERVER = '10.97.0.2';

/** Does not change the machine's own network. */
export function openNetworks(): Networks {
  const [client, server] = ['client', 'server'].map((side) => `vigia-bench-${process.pid}-${side}`);
  if (client === undefined || server === undefined) throw new Error('no names');
  const made: string[] = [];
  const dispose = () => {
    for (const name of made) ip('netns', 'delete', name);
  };
  try {
    for (const name of [client, server]) {
      ip('netns', 'add', name);
      made.push(name);
    }
    ip(
      '-n',
      client,
      'link',
      'add',
      'wire',
      'type',
      'veth',
      'peer',
      'name',
      'wire',
      'netns',
      server,
    );
    for (const [name, address] of [[client, CLIENT] as const, [server, SERVER] as const]) {
      ip('-n', name, 'addr', 'add', `${address}/24`, 'dev', 'wire');
      for (const device of ['wire', 'lo']) ip('-n', name, 'link', 'set', device, 'up');
    }
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    client: network(client, CLIENT),
    server: network(server, SERVER),
    [Symbol.dispose]: dispose,
  };
}

/** Not `ip netns exec`: its own /sys hides the cgroup hierarchy. */
function network(name: string, address: string): Network {
  return { address, enter: ['nsenter', `--net=/run/netns/${name}`] };
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args);
}
