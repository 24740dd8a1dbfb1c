import type { Flow } from '../../core/flow/flow.ts';
import type { Finding } from '../../core/mining/verdict/finding.ts';

/** What a part of the node's snapshot is of. */
interface PartOfSnapshot {
  readonly nodeName: string;
  readonly wallMs: number;
}

/** The connections of the node as of one tick. */
export interface FlowSnapshot extends PartOfSnapshot {
  readonly flows: readonly Flow[];
}

/** What speaks for mining as of one tick. */
export interface FindingSnapshot extends PartOfSnapshot {
  /** The highest score first. */
  readonly findings: readonly Finding[];
  /** Whether anything is looked for: if not, no findings say nothing. */
  readonly isLooking: boolean;
}

/** What the server answers from; it reads nothing else. */
export interface GrpcView {
  /** Undefined before the first tick, as below. */
  readonly connections: () => FlowSnapshot | undefined;
  readonly findings: () => FindingSnapshot | undefined;
  /** Calls back after each new snapshot, until what is returned is called. */
  readonly watch: (onSnapshot: () => void) => () => void;
}

/** Which connections are asked for: those that fit all that is given, '' and absence fit all. */
export interface ConnectionsRequest {
  readonly namespace?: string;
  /** The pod, or what its name begins with. */
  readonly pod?: string;
  /** An address, a network such as 10.0.0.0/8, or what addresses begin with. */
  readonly peer?: string;
}

/** Which findings are asked for, in the same way. */
export interface FindingsRequest {
  readonly namespace?: string;
  /** The pod, or what its name begins with. */
  readonly pod?: string;
  /** No lower score than this, 0 to 100. */
  readonly minScore?: number;
}
