import { createHmac, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { compare } from 'bcryptjs';
import { type Rate, TokenBuckets } from '../gate/token-buckets.ts';

/** `late`: too many checks are running, or this address has used up its checks. */
export type PasswordVerdict = 'right' | 'wrong' | 'late';

/** Password checks of one address. A correct password is cached and needs no further check. */
const CHECKS: Rate = { intervalMs: 5000, burst: 5 };
const MOST_WAITING = 16;
const MOST_REMEMBERED = 256;
/** After a wrong password, pause for this multiple of the check: guessing then uses at most 20 % of a CPU. */
const PAUSES = 4;

/** Checks passwords against bcrypt hashes, one at a time: a check takes at least 80 ms of CPU. */
export class Passwords {
  readonly #users: ReadonlyMap<string, string>;
  readonly #slowestHash: string;
  readonly #compare: (password: string, hash: string) => Promise<boolean>;
  readonly #secret = randomBytes(32);
  readonly #checks = new TokenBuckets(CHECKS);
  /** Keyed hashes of user names and passwords, the oldest first. */
  readonly #right = new Set<string>();
  readonly #wrong = new Set<string>();
  readonly #underWay = new Map<string, Promise<boolean>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(users: ReadonlyMap<string, string>, by: typeof compare = compare) {
    this.#users = users;
    this.#slowestHash = [...users.values()].toSorted((a, b) => costOf(b) - costOf(a))[0] ?? '';
    this.#compare = by;
  }

  get size(): number {
    return this.#users.size;
  }

  async check(user: string, password: string, address: string): Promise<PasswordVerdict> {
    const key = this.#keyOf(user, password);
    if (this.#right.has(key)) return 'right';
    if (this.#wrong.has(key)) return 'wrong';
    const underWay = this.#underWay.get(key);
    if (underWay) return (await underWay) ? 'right' : 'wrong';
    if (this.#underWay.size >= MOST_WAITING) return 'late';
    if (this.#checks.takeToken(address, performance.now()) > 0) return 'late';
    const checked = this.#checkNext(user, password);
    this.#underWay.set(key, checked);
    try {
      const isRight = await checked;
      remember(isRight ? this.#right : this.#wrong, key);
      return isRight ? 'right' : 'wrong';
    } finally {
      this.#underWay.delete(key);
    }
  }

  /** Checks after all waiting ones. */
  #checkNext(user: string, password: string): Promise<boolean> {
    const checked = this.#last.then(async () => {
      const beganMs = performance.now();
      const isRight = await this.#isRight(user, password);
      return { isRight, tookMs: performance.now() - beganMs };
    });
    this.#last = checked.then(
      ({ isRight, tookMs }) => isRight || sleep(tookMs * PAUSES, undefined, { ref: false }),
      () => {},
    );
    return checked.then(({ isRight }) => isRight);
  }

  /** For an unknown user it takes as long as for the slowest hash, so that timing reveals no user names. */
  async #isRight(user: string, password: string): Promise<boolean> {
    const hash = this.#users.get(user);
    const isRight = await this.#compare(password, hash ?? this.#slowestHash);
    return isRight && hash !== undefined;
  }

  #keyOf(user: string, password: string): string {
    const pair = JSON.stringify([user, password]);
    return createHmac('sha256', this.#secret).update(pair).digest('base64');
  }
}

function remember(keys: Set<string>, key: string): void {
  keys.add(key);
  const [oldest] = keys;
  if (keys.size > MOST_REMEMBERED && oldest !== undefined) keys.delete(oldest);
}

function costOf(hash: string): number {
  return Number(hash.slice(4, 6));
}
