import type { Flow } from '../../core/flow/flow.ts';
import type { Finding } from '../../core/mining/verdict/finding.ts';

/** The node and time of a snapshot. */
interface PartOfSnapshot {
  readonly nodeName: string;
  readonly wallMs: number;
}

/** The connections of one tick. */
export interface FlowSnapshot extends PartOfSnapshot {
  readonly flows: readonly Flow[];
}

/** The mining findings of one tick. */
export interface FindingSnapshot extends PartOfSnapshot {
  /** Highest score first. */
  readonly findings: readonly Finding[];
  /** Whether mining detection is on. If not, an empty list means nothing. */
  readonly isLooking: boolean;
}

/** The only data that the server reads. */
export interface GrpcView {
  /** Undefined before the first tick; so are the findings. */
  readonly connections: () => FlowSnapshot | undefined;
  readonly findings: () => FindingSnapshot | undefined;
  /** Calls back after each new snapshot. Returns a function that ends this. */
  readonly watch: (onSnapshot: () => void) => () => void;
}

/** Selects connections that match all given fields. An empty or absent field matches everything. */
export interface ConnectionsRequest {
  readonly namespace?: string;
  /** The pod's name, or the start of it. */
  readonly pod?: string;
  /** An address or the start of one, a network such as 10.0.0.0/8, or a name. */
  readonly peer?: string;
}

/** Selects findings in the same way. */
export interface FindingsRequest {
  readonly namespace?: string;
  /** The pod's name, or the start of it. */
  readonly pod?: string;
  /** Lowest score, 0 to 100. */
  readonly minScore?: number;
}
