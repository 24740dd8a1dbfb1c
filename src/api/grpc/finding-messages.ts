import type { Evidence, Finding, Verdict } from '../../core/mining/verdict/finding.ts';
import type { PlaceKind } from '../../core/place/place.ts';
import { CONVERSION, MessageError, messageType } from './proto.ts';
import type { FindingSnapshot, FindingsRequest } from './view.ts';

/** A finding in the wire format: enums are numbers, absent fields are left out. */
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

/** The enums Verdict and PodKind, starting with number 1. Append new values at the end. */
const VERDICTS: readonly Verdict[] = ['mining', 'suspicious', 'noted', 'allowed'];
const KINDS: readonly PlaceKind[] = ['kubernetes', 'container', 'unit', 'cgroup'];

const request = messageType('ListFindingsRequest');
const response = messageType('ListFindingsResponse');

export function encodeFindingRequest(fields: FindingsRequest): Buffer {
  return request.encode(fields).finish() as Buffer;
}

export function decodeFindingRequest(bytes: Uint8Array): FindingsRequest {
  return request.toObject(request.decode(bytes), CONVERSION);
}

export function encodeFindings({ wallMs, findings, ...fields }: FindingSnapshot): Buffer {
  const message = { ...fields, snapshotSeconds: wallMs / 1000, findings: findings.map(messageOf) };
  return response.encode(message).finish() as Buffer;
}

export function decodeFindings(bytes: Uint8Array): FindingSnapshot {
  const message = response.toObject(response.decode(bytes), CONVERSION) as Response;
  const { snapshotSeconds, findings, ...fields } = message;
  return {
    ...fields,
    wallMs: Math.round(snapshotSeconds * 1000),
    findings: findings.map(findingOf),
  };
}

function messageOf(finding: Finding): FindingMessage {
  const { kind, verdict } = finding;
  return { ...finding, kind: 1 + KINDS.indexOf(kind), verdict: 1 + VERDICTS.indexOf(verdict) };
}

function findingOf(fields: FindingMessage): Finding {
  const verdict = VERDICTS[fields.verdict - 1];
  if (verdict === undefined)
    throw new MessageError(
      `unknown verdict ${fields.verdict}: client and daemon differ in version`,
    );
  // A kind that this version does not know is treated as a plain cgroup.
  const kind = KINDS[fields.kind - 1] ?? 'cgroup';
  return { ...fields, kind, verdict, evidence: fields.evidence.map(evidenceOf) };
}

function evidenceOf(fields: Partial<Evidence>): Evidence {
  const { pid, command, peer, port } = fields;
  return { ...(fields as Evidence), pid, command, peer, port };
}
