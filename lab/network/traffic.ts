import { setTimeout as sleep } from 'node:timers/promises';
import type { Network } from './network.ts';
import { Peer } from './peer.ts';

/** Some 10,000 packets a second, which leaves the CPUs time for others. */
const BURST = 20;
const PAUSE_MS = 2;

/** Datagrams over IPv4. Disposed, it is killed. */
export interface Traffic extends AsyncDisposable {
  readonly go: () => void;
  /** Returns how many datagrams were sent. */
  readonly stop: () => Promise<number>;
}

/** Makes ready a sender at the west end and, in another cgroup, a receiver at the east end. */
export async function holdTraffic(
  network: Network,
  cgroups: { readonly sender: string; readonly receiver: string },
  datagramBytes: number,
): Promise<Traffic> {
  await using peers = new AsyncDisposableStack();
  const sender = peers.use(new Peer(cgroups.sender, network.west.netns));
  const receiver = peers.use(new Peer(cgroups.receiver, network.east.netns));
  const address = network.east.addresses[4];
  const port = await (await receiver.socket('udp', 4)).bind(address);
  const socket = await sender.socket('udp', 4);
  await socket.connect(address, port);
  const stop = new AbortController();
  const send = async () => {
    let bytes = 0;
    while (!stop.signal.aborted) {
      bytes += await socket.send(BURST * datagramBytes, datagramBytes);
      await sleep(PAUSE_MS);
    }
    return bytes / datagramBytes;
  };
  let sent = Promise.resolve(0);
  const owned = peers.move();
  return {
    go: () => {
      sent = send();
      sent.catch(() => {}); // whoever stops it is told
    },
    stop: () => {
      stop.abort();
      return sent;
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await owned.disposeAsync();
    },
  };
}
