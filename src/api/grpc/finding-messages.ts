import type { Evidence, Finding, Verdict } from '../../core/mining/verdict/finding.ts';
import type { PlaceKind } from '../../core/place/place.ts';
import { CONVERSION, MessageError, messageType } from './proto.ts';
import type { FindingSnapshot, FindingsRequest } from './view.ts';

/** A finding as the wire has it: enums are numbers, what is absent is left out. */
interface FindingMessage extends Omit<Finding, 'kind' | 'verdict' | 'evidence'> {
  readonly kind: number;
  readonly verdict: number;
  readonly evidence: readonly Partial<Evidence>[];
}

interface Response {
  readonly nodeName: string;
  readonly snapshotSeconds: number;
  readonly findings: readonly FindingMessage[];
  readonly isLooking: boolean;
}

/** Enums Verdict and PodKind, from number 1. Newer ones come last. */
const VERDICTS: readonly Verdict[] = ['mining', 'suspicious', 'noted', 'allowed'];
const KINDS: readonly PlaceKind[] = ['kubernetes', 'container', 'unit', 'cgroup'];

const request = messageType('ListFindingsRequest');
const response = messageType('ListFindingsResponse');

export function encodeFindingRequest(asked: FindingsRequest): Buffer {
  return request.encode(asked).finish() as Buffer;
}

export function decodeFindingRequest(bytes: Uint8Array): FindingsRequest {
  return request.toObject(request.decode(bytes), CONVERSION);
}

export function encodeFindings({ wallMs, findings, ...told }: FindingSnapshot): Buffer {
  const message = { ...told, snapshotSeconds: wallMs / 1000, findings: findings.map(messageOf) };
  return response.encode(message).finish() as Buffer;
}

export function decodeFindings(bytes: Uint8Array): FindingSnapshot {
  const message = response.toObject(response.decode(bytes), CONVERSION) as Response;
  const { snapshotSeconds, findings, ...told } = message;
  return { ...told, wallMs: Math.round(snapshotSeconds * 1000), findings: findings.map(findingOf) };
}

function messageOf(finding: Finding): FindingMessage {
  const { kind, verdict } = finding;
  return { ...finding, kind: 1 + KINDS.indexOf(kind), verdict: 1 + VERDICTS.indexOf(verdict) };
}

function findingOf(told: FindingMessage): Finding {
  const verdict = VERDICTS[told.verdict - 1];
  if (verdict === undefined) throw new MessageError(`verdict ${told.verdict}: not of this version`);
  // A kind that this version does not know is as good as nobody that is known.
  const kind = KINDS[told.kind - 1] ?? 'cgroup';
  return { ...told, kind, verdict, evidence: told.evidence.map(evidenceOf) };
}

function evidenceOf(told: Partial<Evidence>): Evidence {
  const { pid, command, peer, port } = told;
  return { ...(told as Evidence), pid, command, peer, port };
}
