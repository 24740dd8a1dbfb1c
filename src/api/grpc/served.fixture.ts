import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallTarget } from './call-error.ts';
import { listConnections, listFindings, watchFindings } from './client.ts';
import { findingSnapshot } from './finding-snapshot.fixture.ts';
import { flowSnapshot } from './flows.fixture.ts';
import { startGrpc } from './server.ts';
import type {
  ConnectionsRequest,
  FindingSnapshot,
  FindingsRequest,
  FlowSnapshot,
  GrpcView,
} from './view.ts';

/** A server with the fixtures on its own socket, and the address for the real client. */
export class Served implements AsyncDisposable {
  readonly path: string;
  /** Errors that the server reported. */
  readonly errors: unknown[] = [];
  snapshot: () => FlowSnapshot | undefined = () => flowSnapshot;
  findings: () => FindingSnapshot | undefined = () => findingSnapshot;
  /** Callbacks that wait for a snapshot. */
  readonly watchers: Set<() => void> = new Set();
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
    const view: GrpcView = {
      connections: () => this.snapshot(),
      findings: () => this.findings(),
      watch: (onSnapshot) => {
        this.watchers.add(onSnapshot);
        return () => this.watchers.delete(onSnapshot);
      },
    };
    return startGrpc(this.path, view, (err) => this.errors.push(err));
  }

  get target(): CallTarget {
    return { socketPath: this.path, timeoutMs: 10_000 };
  }

  list(request: ConnectionsRequest = {}): Promise<FlowSnapshot> {
    return listConnections(this.target, request, new AbortController().signal);
  }

  listFindings(request: FindingsRequest = {}): Promise<FindingSnapshot> {
    return listFindings(this.target, request, new AbortController().signal);
  }

  watchFindings(request: FindingsRequest, signal: AbortSignal): AsyncGenerator<FindingSnapshot> {
    return watchFindings(this.target, request, signal);
  }

  /** Publishes another snapshot, like a tick. */
  tick(different: Partial<FindingSnapshot> = {}): void {
    const snapshot = this.findings() ?? findingSnapshot;
    const next = { ...snapshot, wallMs: snapshot.wallMs + 1000, ...different };
    this.findings = () => next;
    for (const onSnapshot of this.watchers) onSnapshot();
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
