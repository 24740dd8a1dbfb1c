import { holdNamespace, runIn } from './network.ts';
import type { Family } from './peer.ts';

type Addresses = Readonly<Record<Family, string>>;

/** Those that the pods' addresses are of. */
export const POD_NETWORKS: Addresses = { 4: '10.244.0.0/24', 6: 'fd00:10:244::/64' };
const BRIDGE: Addresses = { 4: '10.244.0.1', 6: 'fd00:10:244::1' };
const UPLINK: Addresses = { 4: '192.0.2.1', 6: '2001:db8::1' };
const ROUTER: Addresses = { 4: '192.0.2.254', 6: '2001:db8::fe' };

/** A network namespace: that of a node and its pods with hostNetwork, or a pod's own. */
export interface Place {
  /** The namespace as a file. */
  readonly netns: string;
  /** What a program here has for its own address when it dials what is far away. */
  readonly addresses: Addresses;
  /** Runs a command inside. */
  readonly run: (command: string, input?: string) => string;
}

/** A node with a bridge that its pods are plugged into. Disposed, it leaves nothing behind. */
export interface NodeNetwork extends AsyncDisposable {
  readonly node: Place;
  readonly pods: readonly [Place, Place, Place];
  /** The addresses that the node has on the bridge: those that it masquerades pods with. */
  readonly bridge: Addresses;
}

/**
 * The node is a network namespace like its pods, so nothing of the machine's own is touched. A pod
 * knows the way to the node alone, so the node's rules see every packet between two pods, also
 * where bridges do not call them.
 */
export async function openNodeNetwork(): Promise<NodeNetwork> {
  await using stack = new AsyncDisposableStack();
  const open = async (addresses: Addresses) => {
    const { pid } = stack.use(await holdNamespace());
    const netns = `/proc/${pid}/ns/net`;
    const run: Place['run'] = (command, input) => runIn(netns, command, input);
    return { pid, place: { netns, addresses, run } };
  };
  const { place: node } = await open(UPLINK);
  node.run(`sysctl -qw ${NODE_SETTINGS.join(' ')}`);
  node.run('ip -batch -', NODE_LINKS.join('\n'));
  const openPod = async (host: number): Promise<Place> => {
    const { pid, place } = await open({ 4: `10.244.0.${host}`, 6: `fd00:10:244::${host}` });
    place.run(`sysctl -qw ${POD_SETTINGS.join(' ')}`);
    node.run('ip -batch -', cable(`pod${host}`, pid).join('\n'));
    // It would go with its namespace, but the kernel takes its time for that.
    stack.defer(() => void node.run(`ip link delete pod${host}`));
    place.run('ip -batch -', podLinks(place.addresses).join('\n'));
    return place;
  };
  const pods = [await openPod(11), await openPod(12), await openPod(13)] as const;
  const all = stack.move();
  return { node, pods, bridge: BRIDGE, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Addresses are used at once, not after a second in which nobody objects. */
const AT_ONCE = 'net.ipv6.conf.default.accept_dad=0';
const NODE_SETTINGS = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1', AT_ONCE];

/** The uplink leads nowhere: what is dialled and not translated gets no answer. */
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

/** The node would tell them a shorter way, past its rules. */
const POD_SETTINGS = [
  AT_ONCE,
  'net.ipv4.conf.all.accept_redirects=0',
  'net.ipv4.conf.default.accept_redirects=0',
  'net.ipv6.conf.default.accept_redirects=0',
];

/** Hairpin: where bridges call the rules, what a pod sends to itself leaves by the port it came. */
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
