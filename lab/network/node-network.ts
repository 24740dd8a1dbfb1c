import { holdNamespace, runIn } from './network.ts';
import type { Family } from './peer.ts';

type Addresses = Readonly<Record<Family, string>>;

/** Networks of the pods' addresses. */
export const POD_NETWORKS: Addresses = { 4: '10.244.0.0/24', 6: 'fd00:10:244::/64' };
const BRIDGE: Addresses = { 4: '10.244.0.1', 6: 'fd00:10:244::1' };
const UPLINK: Addresses = { 4: '192.0.2.1', 6: '2001:db8::1' };
const ROUTER: Addresses = { 4: '192.0.2.254', 6: '2001:db8::fe' };

/** A network namespace: the node's, used also by pods with hostNetwork, or a pod's own. */
export interface NetworkPlace {
  /** Path of the namespace file. */
  readonly netns: string;
  /** Source addresses of programs here for distant destinations. */
  readonly addresses: Addresses;
  /** Runs a command inside. */
  readonly run: (command: string, input?: string) => string;
}

/** A node with a bridge that connects its pods. Removed at disposal. */
export interface NodeNetwork extends AsyncDisposable {
  readonly node: NetworkPlace;
  readonly pods: readonly [NetworkPlace, NetworkPlace, NetworkPlace];
  /** The node's addresses on the bridge, used for masquerading. */
  readonly bridge: Addresses;
}

/**
 * The node is a network namespace like its pods, so the host stays unchanged. A pod has only a
 * route to the node, so the node's rules see every packet between two pods, even if bridges bypass
 * them.
 */
export async function openNodeNetwork(): Promise<NodeNetwork> {
  await using stack = new AsyncDisposableStack();
  const open = async (addresses: Addresses) => {
    const { pid } = stack.use(await holdNamespace());
    const netns = `/proc/${pid}/ns/net`;
    const run: NetworkPlace['run'] = (command, input) => runIn(netns, command, input);
    return { pid, place: { netns, addresses, run } };
  };
  const { place: node } = await open(UPLINK);
  node.run(`sysctl -qw ${NODE_SETTINGS.join(' ')}`);
  node.run('ip -batch -', NODE_LINKS.join('\n'));
  const openPod = async (host: number): Promise<NetworkPlace> => {
    const { pid, place } = await open({ 4: `10.244.0.${host}`, 6: `fd00:10:244::${host}` });
    place.run(`sysctl -qw ${POD_SETTINGS.join(' ')}`);
    node.run('ip -batch -', cable(`pod${host}`, pid).join('\n'));
    // It would end with its namespace, but the kernel delays that.
    stack.defer(() => void node.run(`ip link delete pod${host}`));
    place.run('ip -batch -', podLinks(place.addresses).join('\n'));
    return place;
  };
  const pods = [await openPod(11), await openPod(12), await openPod(13)] as const;
  const all = stack.move();
  return { node, pods, bridge: BRIDGE, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Addresses are usable at once, without one second of duplicate address detection. */
const AT_ONCE = 'net.ipv6.conf.default.accept_dad=0';
const NODE_SETTINGS = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1', AT_ONCE];

/** The uplink leads nowhere. Untranslated destinations get no response. */
const NODE_LINKS = [
  'link set lo up',
  'link add uplink type veth peer name nowhere',
  `address add ${UPLINK[4]}/24 dev uplink`,
  `address add ${UPLINK[6]}/64 dev uplink`,
  'link set uplink up',
  'link set nowhere up',
  `route add default via ${ROUTER[4]}`,
  `route add default via ${ROUTER[6]}`,
  'link add br0 type bridge',
  `address add ${BRIDGE[4]}/24 dev br0`,
  `address add ${BRIDGE[6]}/64 dev br0`,
  'link set br0 up',
];

/** Otherwise the node would send them redirects to a shorter path that bypasses its rules. */
const POD_SETTINGS = [
  AT_ONCE,
  'net.ipv4.conf.all.accept_redirects=0',
  'net.ipv4.conf.default.accept_redirects=0',
  'net.ipv6.conf.default.accept_redirects=0',
];

/** Hairpin: if bridges call the rules, a packet from a pod to itself leaves through its own port. */
function cable(port: string, pid: number): string[] {
  return [
    `link add ${port} type veth peer name eth0 netns ${pid}`,
    `link set ${port} master br0`,
    `link set ${port} type bridge_slave hairpin on`,
    `link set ${port} up`,
  ];
}

function podLinks(own: Addresses): string[] {
  return [
    'link set lo up',
    `address add ${own[4]}/32 dev eth0`,
    `address add ${own[6]}/128 dev eth0`,
    'link set eth0 up',
    `route add ${BRIDGE[4]} dev eth0`,
    `route add ${BRIDGE[6]} dev eth0`,
    `route add default via ${BRIDGE[4]} dev eth0`,
    `route add default via ${BRIDGE[6]} dev eth0`,
  ];
}
