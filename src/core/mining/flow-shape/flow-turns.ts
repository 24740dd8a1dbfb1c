import type { FlowRhythm, Moments } from './flow-rhythm.ts';

/** Which messages were unsolicited, and which were replies. */
export interface FlowTurns {
  /** Sends without a reply in the same or the next moment. */
  readonly unanswered: number;
  /** Probable unsolicited messages from the server. */
  readonly pushes: number;
  /** Whether at least one of them is certain. */
  readonly hasClearPush: boolean;
  /** Messages without a question, minus questions without a reply. */
  readonly surplus: number;
  /** Median, in bytes. */
  readonly usualSend: number;
  readonly usualPush: number;
}

/** Two messages count as alike if their sizes differ by at most this share. */
const SEND_LIKENESS = 0.05;
const ANSWER_LIKENESS = 0.1;
/** Replies needed, and the share that must be alike, before a longer reply is significant. */
const LEAST_ANSWERS = 6;
const SHARE_ALIKE = 0.6;
/** A reply this much longer than the usual one, by factor and by bytes, also holds a push. */
const MORE = 1.5;
const LEAST_MORE = 200;

export function turnsOf(moments: Moments, rhythm: FlowRhythm): FlowTurns {
  const { sent, received } = moments;
  const { sends, questions, alone } = rhythm;
  const pushes = alone.filter((i) => isPush(i, moments, sends[0] ?? i));
  // Most flows have no push and no longer reply, and avoid the sorting.
  const { answers, usual } =
    pushes.length > 0 || areUneven(received, sends) ? alikeOf(moments, sends) : NOT_ALIKE;
  const isMore = (bytes: number) => bytes >= MORE * usual && bytes >= usual + LEAST_MORE;
  const isClear = (i: number) => (!sent[i - 1] && !sent[i + 1]) || isMore(received[i] ?? 0);
  const extras = answers.filter(isMore).map((bytes) => bytes - usual);
  const pushed = [...pushes.map((i) => received[i] ?? 0), ...extras];
  const unsolicited = alone.filter((i) => i > (sends[0] ?? i)).length;
  const isLate = (i: number) => sent[i + 1] === 0 && (received[i + 1] ?? 0) > 0;
  return {
    unanswered: questions.filter((i) => !isLate(i)).length,
    pushes: pushed.length,
    hasClearPush: extras.length > 0 || pushes.some(isClear),
    surplus: unsolicited + extras.length - questions.length,
    usualSend: middleOf(sends.map((i) => sent[i] ?? 0)),
    usualPush: middleOf(pushed),
  };
}

/**
 * For a moment in which only the server sent. After a question it may be a late reply; before a question
 * it may be the reply to a long poll; before the first send its meaning is unknown.
 */
function isPush(at: number, { sent, received }: Moments, firstSend: number): boolean {
  const isQuestion = (i: number) => (sent[i] ?? 0) > 0 && received[i] === 0;
  return at > firstSend && at + 1 < sent.length && !isQuestion(at - 1) && !isQuestion(at + 1);
}

interface Alike {
  /** Sizes of replies to questions of the usual length; empty if the replies are not alike. */
  readonly answers: readonly number[];
  readonly usual: number;
}

const NOT_ALIKE: Alike = { answers: [], usual: Number.POSITIVE_INFINITY };

/** Whether any reply could be long enough to hold a push. */
function areUneven(received: readonly number[], sends: readonly number[]): boolean {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (const i of sends) {
    const bytes = received[i] ?? 0;
    if (bytes === 0) continue;
    least = Math.min(least, bytes);
    most = Math.max(most, bytes);
  }
  return most >= least + LEAST_MORE;
}

function alikeOf({ sent, received }: Moments, sends: readonly number[]): Alike {
  const answered = sends.filter((i) => received[i] !== 0);
  const usualSend = middleOf(answered.map((i) => sent[i] ?? 0));
  const answers = answered
    .filter((i) => isLike(sent[i] ?? 0, usualSend, SEND_LIKENESS))
    .map((i) => received[i] ?? 0);
  const usual = middleOf(answers);
  const alike = answers.filter((bytes) => isLike(bytes, usual, ANSWER_LIKENESS)).length;
  const areAlike = answers.length >= LEAST_ANSWERS && alike >= SHARE_ALIKE * answers.length;
  return areAlike ? { answers, usual } : NOT_ALIKE;
}

/** Upper median; 0 if empty. */
function middleOf(bytes: readonly number[]): number {
  return new Float64Array(bytes).sort()[Math.floor(bytes.length / 2)] ?? 0;
}

function isLike(bytes: number, usual: number, likeness: number): boolean {
  return Math.abs(bytes - usual) <= likeness * usual;
}
