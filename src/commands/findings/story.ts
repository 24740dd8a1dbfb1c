import type { Evidence, Finding, Verdict } from '../../core/mining/verdict/finding.ts';
import { cutText } from '../../core/text/safe-text.ts';
import { ageText } from '../list/cell-units.ts';
import { wrapped } from '../list/wrap.ts';
import { nextSteps } from './next-steps.ts';

export interface StoryContext {
  readonly nodeName: string;
  /** Unix time of the snapshot. */
  readonly nowSeconds: number;
  /** Maximum line length, in characters. */
  readonly width: number;
}

/** Limits for text that the pod itself may have written. */
const NAME_CHARACTERS = 120;
const DETAIL_CHARACTERS = 240;

const LABEL_WIDTH = 9;

const VERDICT_TEXTS: Readonly<Record<Verdict, string>> = {
  mining: 'MINING',
  suspicious: 'SUSPICIOUS',
  noted: 'noted',
  allowed: 'allowed to mine',
};

/** Prints one finding in about ten lines: pod, verdict, start, process, evidence and next steps. */
export function storyOf(finding: Finding, context: StoryContext): string[] {
  const { evidence } = finding;
  const [heaviest] = evidence;
  const who = heaviest && whoText(heaviest);
  const where = [who ?? 'unknown process', `node ${cutText(context.nodeName, NAME_CHARACTERS)}`];
  return [
    `${nameText(finding)}   ${verdictText(finding)}`,
    ...item('since', sinceText(finding, context.nowSeconds), context),
    ...item('where', where.join(', '), context),
    ...evidence.flatMap((each) => evidenceLines(each, who, context)),
    // Not wrapped, so that commands can be pasted.
    ...nextSteps(finding).map((step, i) => `${labelText(i === 0 ? 'next' : '')}${step}`),
  ];
}

function item(label: string, text: string, { width }: StoryContext, indent = ''): string[] {
  const room = width - LABEL_WIDTH - indent.length;
  return wrapped(text, room).map((line, i) => `${labelText(i === 0 ? label : '')}${indent}${line}`);
}

function labelText(label: string): string {
  return `  ${label}`.padEnd(LABEL_WIDTH);
}

function nameText({ namespace, pod }: Finding): string {
  return cutText(namespace ? `${namespace}/${pod}` : pod, NAME_CHARACTERS);
}

function verdictText({ verdict, score }: Finding): string {
  const shown = VERDICT_TEXTS[verdict];
  return verdict === 'allowed' ? shown : `${shown}, score ${score} of 100`;
}

function sinceText({ firstSeconds, lastSeconds }: Finding, nowSeconds: number): string {
  const began = new Date(firstSeconds * 1000).toISOString().replace('T', ' ').slice(0, 19);
  const [first, last] = [firstSeconds, lastSeconds].map((each) => agoText(nowSeconds - each));
  return `${began} UTC, ${first}; last evidence ${last}`;
}

/** "2s ago", or "now". */
function agoText(seconds: number): string {
  return seconds < 1 ? 'now' : `${ageText(seconds)} ago`;
}

/** Process and container; undefined if neither is known. */
function whoText({ pid, command = '', container }: Evidence): string | undefined {
  const named = command === '' ? '' : ` (${cutText(command, NAME_CHARACTERS)})`;
  const parts = [
    pid === undefined ? '' : `process ${pid}${named}`,
    container === '' ? '' : `container ${cutText(container, NAME_CHARACTERS)}`,
  ].filter((part) => part !== '');
  return parts.length > 0 ? parts.join(', ') : undefined;
}

/** The claim and the count, then the figures. Process and container only if they differ from the first evidence. */
function evidenceLines(
  evidence: Evidence,
  usual: string | undefined,
  context: StoryContext,
): string[] {
  const { points, says, detail, peer, port } = evidence;
  const claim = `${cutText(says, DETAIL_CHARACTERS)}; ${countText(evidence, context.nowSeconds)}`;
  const who = whoText(evidence);
  const figures = [
    cutText(detail, DETAIL_CHARACTERS),
    peer === undefined ? '' : peerText(peer, port),
    who === undefined || who === usual ? '' : who,
  ].filter((part) => part !== '');
  return [...item(`+${points}`, claim, context), ...item('', figures.join('; '), context, '  ')];
}

/** "17,618 samples, last one now". The floating-point unit is sampled, everything else is observed. */
function countText({ signal, count, lastSeconds }: Evidence, nowSeconds: number): string {
  const last = agoText(nowSeconds - lastSeconds);
  const noun = signal === 'randomx' ? 'sample' : 'observation';
  if (count <= 1) return `1 ${noun}, ${last}`;
  return `${count.toLocaleString('en-US')} ${noun}s, last one ${last}`;
}

function peerText(peer: string, port: number | undefined): string {
  return `peer ${cutText(peer, NAME_CHARACTERS)}${port === undefined ? '' : `, port ${port}`}`;
}
