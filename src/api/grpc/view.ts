import type { Flow } from '../../core/flow.ts';

/** The connections of the node as of one tick. */
export interface FlowSnapshot {
  readonly nodeName: string;
  readonly wallMs: number;
  readonly flows: readonly Flow[];
}

/** What the server answers from; it reads nothing else. */
export interface GrpcView {
  /** Undefined before the first tick. */
  readonly snapshot: () => FlowSnapshot | undefined;
}

/** Which connections are asked for: those that fit all that is given, '' and absence fit all. */
export interface ConnectionsRequest {
  readonly namespace?: string;
  /** The pod, or what its name begins with. */
  readonly pod?: string;
  /** An address, a network such as 10.0.0.0/8, or what addresses begin with. */
  readonly peer?: string;
}
