import type { FlowRhythm, Moments } from './flow-rhythm.ts';

/** Who spoke of his own will, and who answered. */
export interface FlowTurns {
  /** Sends that no answer came to, neither in their moment nor in the next. */
  readonly unanswered: number;
  /** How often the server spoke of its own will, as far as it can be told. */
  readonly pushes: number;
  /** Whether that is beyond doubt for one of them. */
  readonly hasClearPush: boolean;
  /** Messages that came without a question, less questions without an answer. */
  readonly surplus: number;
  /** Bytes, of the one in the middle. */
  readonly usualSend: number;
  readonly usualPush: number;
}

/** Moments say the same where their bytes differ by no more than this share. */
const SEND_LIKENESS = 0.05;
const ANSWER_LIKENESS = 0.1;
/** So many answers, and this share of them, must be alike before one that is longer says anything. */
const LEAST_ANSWERS = 6;
const SHARE_ALIKE = 0.6;
/** What is so much longer than the usual answer, by share and by bytes, is more than an answer. */
const MORE = 1.5;
const LEAST_MORE = 200;

export function turnsOf(moments: Moments, rhythm: FlowRhythm): FlowTurns {
  const { sent, received } = moments;
  const { sends, questions, alone } = rhythm;
  const pushes = alone.filter((i) => isPush(i, moments, sends[0] ?? i));
  // Of most flows nothing is pushed and no answer is longer: they end here, before anything is sorted.
  const { answers, usual } =
    pushes.length > 0 || areUneven(received, sends) ? alikeOf(moments, sends) : NOT_ALIKE;
  const isMore = (bytes: number) => bytes >= MORE * usual && bytes >= usual + LEAST_MORE;
  const isClear = (i: number) => (!sent[i - 1] && !sent[i + 1]) || isMore(received[i] ?? 0);
  const extras = answers.filter(isMore).map((bytes) => bytes - usual);
  const pushed = [...pushes.map((i) => received[i] ?? 0), ...extras];
  const unasked = alone.filter((i) => i > (sends[0] ?? i)).length;
  const isLate = (i: number) => sent[i + 1] === 0 && (received[i + 1] ?? 0) > 0;
  return {
    unanswered: questions.filter((i) => !isLate(i)).length,
    pushes: pushed.length,
    hasClearPush: extras.length > 0 || pushes.some(isClear),
    surplus: unasked + extras.length - questions.length,
    usualSend: middleOf(sends.map((i) => sent[i] ?? 0)),
    usualPush: middleOf(pushed),
  };
}

/**
 * Of a moment in which only the server spoke. Right after a question it may be the answer; right
 * before one, the answer to a poll that waited; before the first send, nobody knows what.
 */
function isPush(at: number, { sent, received }: Moments, firstSend: number): boolean {
  const isQuestion = (i: number) => (sent[i] ?? 0) > 0 && received[i] === 0;
  return at > firstSend && at + 1 < sent.length && !isQuestion(at - 1) && !isQuestion(at + 1);
}

interface Alike {
  /** To questions of the usual length; none where they are not of one length themselves. */
  readonly answers: readonly number[];
  readonly usual: number;
}

const NOT_ALIKE: Alike = { answers: [], usual: Number.POSITIVE_INFINITY };

/** Whether an answer could be so much longer than the usual one. */
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
  const asked = sends.filter((i) => received[i] !== 0);
  const usualSend = middleOf(asked.map((i) => sent[i] ?? 0));
  const answers = asked
    .filter((i) => isLike(sent[i] ?? 0, usualSend, SEND_LIKENESS))
    .map((i) => received[i] ?? 0);
  const usual = middleOf(answers);
  const alike = answers.filter((bytes) => isLike(bytes, usual, ANSWER_LIKENESS)).length;
  const areAlike = answers.length >= LEAST_ANSWERS && alike >= SHARE_ALIKE * answers.length;
  return areAlike ? { answers, usual } : NOT_ALIKE;
}

/** The upper one of two; 0 of none. */
function middleOf(bytes: readonly number[]): number {
  return new Float64Array(bytes).sort()[Math.floor(bytes.length / 2)] ?? 0;
}

function isLike(bytes: number, usual: number, likeness: number): boolean {
  return Math.abs(bytes - usual) <= likeness * usual;
}
