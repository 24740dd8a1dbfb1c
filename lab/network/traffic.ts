import { setTimeout as sleep } from 'node:timers/promises';
import type { Network } from './network.ts';
import { Peer } from './peer.ts';

/** About 10,000 packets per second, which leaves CPU time for others. */
const BURST = 20;
const PAUSE_MS = 2;

/** Datagrams over IPv4. Killed at disposal. */
export interface Traffic extends AsyncDisposable {
  readonly go: () => void;
  /** Returns the number of datagrams sent. */
  readonly stop: () => Promise<number>;
}

/** Prepares a sender at the west end and a receiver at the east end, in different cgroups. */
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
      sent.catch(() => {}); // the caller of `stop` gets the error
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
