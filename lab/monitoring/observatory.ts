import { type End, type Network, openNetwork } from '../network/network.ts';
import { type Family, Peer } from '../network/peer.ts';
import { until } from '../process/process.ts';
import { type Daemon, startDaemon } from '../scene/daemon.ts';
import { openScene, type Scene } from '../scene/scene.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';

/** A scene, a network, the shipped daemon, and two Prometheus servers that scrape it. */
export interface Observatory extends AsyncDisposable {
  readonly scene: Scene;
  readonly network: Network;
  readonly daemon: Daemon;
  readonly prometheus: Prometheus;
  /** The second server of a redundant pair. */
  readonly other: Prometheus;
}

export async function openObservatory(retentionMs: number): Promise<Observatory> {
  await using stack = new AsyncDisposableStack();
  const scene = stack.use(await openScene({ retentionMs }));
  const network = stack.use(await openNetwork());
  const daemon = stack.use(await startDaemon(scene.options));
  const prometheus = stack.use(await startPrometheus(daemon.url));
  const other = stack.use(await startPrometheus(daemon.url));
  await Promise.all([caughtUp(prometheus), caughtUp(other)]);
  const owned = stack.move();
  const dispose = () => owned.disposeAsync();
  return { scene, network, daemon, prometheus, other, [Symbol.asyncDispose]: dispose };
}

/** Waits until a Prometheus has a snapshot newer than the call. */
export async function caughtUp(prometheus: Prometheus): Promise<void> {
  const nowSeconds = Date.now() / 1000;
  await until('Prometheus to have a new snapshot', async () => {
    const [snapshot] = await prometheus.query('vigia_snapshot_timestamp_seconds');
    return snapshot !== undefined && snapshot.reading > nowSeconds;
  });
}

/** A client and a server at the two ends of the network, each in its own cgroup. */
export class Pair implements AsyncDisposable {
  readonly client: Peer;
  readonly server: Peer;
  readonly #end: End;

  constructor(client: string, server: string, network: Network) {
    this.client = new Peer(client, network.west.netns);
    this.server = new Peer(server, network.east.netns);
    this.#end = network.east;
  }

  /** Sends datagrams of `bytes` each, and waits for their arrival. */
  async sendDatagrams(family: Family, count: number, bytes: number): Promise<void> {
    const address = this.#end.addresses[family];
    const server = await this.server.socket('udp', family);
    const port = await server.bind(address);
    const client = await this.client.socket('udp', family);
    await client.connect(address, port);
    await client.send(count * bytes, bytes);
    await server.receive(count * bytes);
  }

  /** Opens a connection and sends this many bytes. */
  async sendStream(family: Family, bytes: number): Promise<void> {
    const address = this.#end.addresses[family];
    const { listener, port } = await this.server.listen(address);
    const client = await this.client.connect(address, port);
    const server = await listener.accept();
    await client.send(bytes);
    await server.receive(bytes);
  }

  /** Sends an echo request and receives its reply. */
  async ping(): Promise<void> {
    const socket = await this.client.socket('ping', 4);
    await socket.connect(this.#end.addresses[4]);
    await socket.ping(4, 64);
    await socket.receive(1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}
