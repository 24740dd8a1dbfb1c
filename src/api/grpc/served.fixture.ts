import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listConnections } from './client.ts';
import { flowSnapshot } from './flows.fixture.ts';
import { startGrpc } from './server.ts';
import type { ConnectionsRequest, FlowSnapshot } from './view.ts';

/** A server of the fixture's flows on a socket of its own, and the real client to ask it. */
export class Served implements AsyncDisposable {
  readonly path: string;
  /** What the server was told to log. */
  readonly errors: unknown[] = [];
  snapshot: () => FlowSnapshot | undefined = () => flowSnapshot;
  readonly #directory: string;
  #server: AsyncDisposable | undefined;

  private constructor(directory: string) {
    this.#directory = directory;
    this.path = join(directory, 'vigia.sock');
  }

  static async start(): Promise<Served> {
    const served = new Served(await mkdtemp(join(tmpdir(), 'vigia-grpc-')));
    served.#server = await served.listen();
    return served;
  }

  listen(): Promise<AsyncDisposable> {
    const view = { snapshot: () => this.snapshot() };
    return startGrpc(this.path, view, (err) => this.errors.push(err));
  }

  list(request: ConnectionsRequest = {}): Promise<FlowSnapshot> {
    return listConnections(this.path, request, new AbortController().signal);
  }

  async stop(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    this.#server = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.#directory, { recursive: true });
  }
}
