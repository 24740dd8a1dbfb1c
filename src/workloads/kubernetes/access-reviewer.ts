import { createHmac, randomBytes } from 'node:crypto';
import { type ApiAccess, ApiError, requestJson } from './client/api.ts';
import { at } from './objects/json.ts';

/** The rights of a token; `unknown` belongs to no account. */
export type TokenVerdict = 'allowed' | 'forbidden' | 'unknown';

const TOKEN_REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews';
const ACCESS_REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
/** Cache time: the longest delay until a changed right takes effect. */
const HOLDS_MS = 10_000;
/** Scrapers usually time out after 10 s. */
const REVIEW_MS = 5000;
const MOST_REMEMBERED = 1024;
const MOST_AT_A_TIME = 4;
/** Each invalid token needs a review, too; this bounds a flood of them. */
const MOST_WAITING = 64;
const LONGEST_ANSWER = 256 * 1024;

interface Remembered {
  readonly verdict: TokenVerdict;
  readonly untilMs: number;
}

/** Reviews with the Kubernetes API the account of a token, and whether it may get a non-resource URL. */
export class AccessReviewer {
  readonly #connect: () => Promise<ApiAccess>;
  readonly #secret = randomBytes(32);
  /** By a keyed hash of token and path; oldest first. */
  readonly #remembered = new Map<string, Remembered>();
  readonly #underWay = new Map<string, Promise<TokenVerdict>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(connect: () => Promise<ApiAccess>) {
    this.#connect = connect;
  }

  /** Throws if the API does not respond. */
  async review(token: string, path: string): Promise<TokenVerdict> {
    const key = createHmac('sha256', this.#secret).update(`${token} ${path}`).digest('base64');
    const known = this.#remembered.get(key);
    if (known && known.untilMs > performance.now()) return known.verdict;
    const underWay = this.#underWay.get(key);
    if (underWay) return await underWay;
    if (this.#waiting.length >= MOST_WAITING) throw new ApiError('too many token reviews at once');
    const reviewed = this.#inTurn((signal) => this.#requestReview(token, path, signal));
    this.#underWay.set(key, reviewed);
    try {
      const verdict = await reviewed;
      this.#remember(key, verdict);
      return verdict;
    } finally {
      this.#underWay.delete(key);
    }
  }

  async #inTurn<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(REVIEW_MS);
    if (this.#running >= MOST_AT_A_TIME)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
    try {
      signal.throwIfAborted();
      return await run(signal);
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  async #requestReview(token: string, path: string, signal: AbortSignal): Promise<TokenVerdict> {
    const access = await this.#connect();
    const create = (kind: string, spec: object) => createdAt(access, kind, { spec }, signal);
    const { user, isKnown } = readUser(await create(TOKEN_REVIEWS, { token }));
    if (!isKnown) return 'unknown';
    const nonResourceAttributes = { path, verb: 'get' };
    const answer = await create(ACCESS_REVIEWS, { ...user, nonResourceAttributes });
    return at(answer, 'status', 'allowed') === true ? 'allowed' : 'forbidden';
  }

  #remember(key: string, verdict: TokenVerdict): void {
    this.#remembered.delete(key);
    this.#remembered.set(key, { verdict, untilMs: performance.now() + HOLDS_MS });
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > MOST_REMEMBERED && oldest !== undefined)
      this.#remembered.delete(oldest);
  }
}

/** The account of the token, in the fields of a SubjectAccessReview. */
function readUser(review: unknown): { readonly user: object; readonly isKnown: boolean } {
  const { username, uid, groups, extra } = (at(review, 'status', 'user') ?? {}) as Readonly<
    Record<string, unknown>
  >;
  const isKnown = at(review, 'status', 'authenticated') === true && typeof username === 'string';
  return { user: { user: username, uid, groups, extra }, isKnown };
}

async function createdAt(
  access: ApiAccess,
  path: string,
  body: object,
  signal: AbortSignal,
): Promise<unknown> {
  const request = { path, query: {}, idleMs: REVIEW_MS, longest: LONGEST_ANSWER, body };
  return await requestJson(access, request, signal);
}
