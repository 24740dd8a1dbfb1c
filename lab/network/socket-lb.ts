import { join } from 'node:path';
import { ensureBpffs, removeBpffs } from '../../src/kernel/bpffs.ts';
import type { Bpftool } from '../../src/kernel/bpftool.ts';
import type { Endpoint } from '../kubernetes/kube-proxy.ts';
import { compiledObject } from '../process/process.ts';
import type { Scene } from '../scene/scene.ts';

const PROGRAMS = { connect4: 'connect_ipv4', connect6: 'connect_ipv6' } as const;

/** ::ffff:0:0/96 */
const IPV4_PREFIX = [...Array<number>(10).fill(0), 255, 255];

/** A load balancer for connections from the cgroups of a scene. Detached at disposal. */
export interface SocketLb extends AsyncDisposable {
  /** From now on, connections to the Service go to its backend. */
  readonly add: (service: Endpoint, backend: Endpoint) => Promise<void>;
}

export async function openSocketLb({ bpftool, cgroup, options }: Scene): Promise<SocketLb> {
  await using stack = new AsyncDisposableStack();
  const bpffs = `${options.bpffs}-lb`;
  await ensureBpffs(bpffs);
  stack.defer(() => removeBpffs(bpffs)); // its pins are removed with the mount
  const [programs, maps] = [join(bpffs, 'programs'), join(bpffs, 'maps')];
  await bpftool.run(['prog', 'loadall', compiledObject('socket-lb'), programs, 'pinmaps', maps]);
  for (const [hook, program] of Object.entries(PROGRAMS)) {
    const attachment = [cgroup, hook, 'pinned', join(programs, program)];
    await bpftool.run(['cgroup', 'attach', ...attachment, 'multi']);
    stack.defer(async () => void (await bpftool.run(['cgroup', 'detach', ...attachment])));
  }
  const all = stack.move();
  return {
    add: (service, backend) => update(bpftool, join(maps, 'backend_by_service'), service, backend),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function update(
  bpftool: Bpftool,
  map: string,
  key: Endpoint,
  value: Endpoint,
): Promise<void> {
  const words = [...['key', ...bytesOf(key)], ...['value', ...bytesOf(value)]];
  await bpftool.run(['map', 'update', 'pinned', map, ...words]);
}

/** `struct place`, one word for each byte. */
function bytesOf({ address, port }: Endpoint): string[] {
  return [...octetsOf(address), port >> 8, port & 255, 0, 0].map(String);
}

function octetsOf(address: string): number[] {
  if (!address.includes(':')) return [...IPV4_PREFIX, ...address.split('.').map(Number)];
  const [head = [], tail = []] = address.split('::').map(groupsOf);
  return [...head, ...Array<number>(16 - head.length - tail.length).fill(0), ...tail];
}

function groupsOf(part: string): number[] {
  const groups = part.split(':').filter((group) => group !== '');
  return groups.map((group) => Number.parseInt(group, 16)).flatMap((n) => [n >> 8, n & 255]);
}
