import type { Evidence, Finding, Verdict } from '../../core/mining/verdict/finding.ts';
import { cutText } from '../../core/text/safe-text.ts';
import { ageText } from '../list/units.ts';
import { wrapped } from '../list/wrap.ts';
import { nextSteps } from './next-steps.ts';

export interface Telling {
  readonly nodeName: string;
  /** Unix time of the snapshot. */
  readonly nowSeconds: number;
  /** Of a line, at most. */
  readonly width: number;
}

/** Longest of what was written by who is told of. */
const NAME_CHARACTERS = 120;
const DETAIL_CHARACTERS = 240;

const LABEL_WIDTH = 9;

const VERDICT_TEXTS: Readonly<Record<Verdict, string>> = {
  mining: 'MINING',
  suspicious: 'SUSPICIOUS',
  noted: 'noted',
  allowed: 'may mine',
};

/** Tells one finding in some ten lines: who, how sure, since when, by what, and what to do. */
export function storyOf(finding: Finding, telling: Telling): string[] {
  const { evidence } = finding;
  const [heaviest] = evidence;
  const who = heaviest && whoText(heaviest);
  const where = [who ?? 'process not known', `node ${cutText(telling.nodeName, NAME_CHARACTERS)}`];
  return [
    `${nameText(finding)}   ${verdictText(finding)}`,
    ...item('since', sinceText(finding, telling.nowSeconds), telling),
    ...item('where', where.join(', '), telling),
    ...evidence.flatMap((each) => evidenceLines(each, who, telling)),
    // Not broken into lines: to be pasted.
    ...nextSteps(finding).map((step, i) => `${labelText(i === 0 ? 'next' : '')}${step}`),
  ];
}

function item(label: string, text: string, { width }: Telling, indent = ''): string[] {
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
  const [first, last] = [firstSeconds, lastSeconds].map((each) => ageText(nowSeconds - each));
  return `${began} UTC, ${first} ago; last seen ${last} ago`;
}

/** The process and container; undefined where neither is known. */
function whoText({ pid, command = '', container }: Evidence): string | undefined {
  const named = command === '' ? '' : ` (${cutText(command, NAME_CHARACTERS)})`;
  const told = [
    pid === undefined ? '' : `process ${pid}${named}`,
    container === '' ? '' : `container ${cutText(container, NAME_CHARACTERS)}`,
  ].filter((part) => part !== '');
  return told.length > 0 ? told.join(', ') : undefined;
}

/** What it says and how often; below, the figures. Who, where it is not the one of the heaviest. */
function evidenceLines(evidence: Evidence, usual: string | undefined, telling: Telling): string[] {
  const { points, says, count, lastSeconds, detail, peer, port } = evidence;
  const times = count <= 1 ? 'seen once' : `seen ${count} times`;
  const last = ageText(telling.nowSeconds - lastSeconds);
  const claim = `${cutText(says, DETAIL_CHARACTERS)}; ${times}, last ${last} ago`;
  const who = whoText(evidence);
  const figures = [
    cutText(detail, DETAIL_CHARACTERS),
    peer === undefined ? '' : peerText(peer, port),
    who === undefined || who === usual ? '' : who,
  ].filter((part) => part !== '');
  return [...item(`+${points}`, claim, telling), ...item('', figures.join('; '), telling, '  ')];
}

function peerText(peer: string, port: number | undefined): string {
  return `with ${cutText(peer, NAME_CHARACTERS)}${port === undefined ? '' : ` port ${port}`}`;
}
