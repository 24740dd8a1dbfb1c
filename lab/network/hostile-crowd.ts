import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endWithTests } from '../process/children.ts';
import { endNow } from '../process/process.ts';
import type { Attack, Outcome } from './hostile-http.ts';
import { fetchHttp } from './http-client.ts';

const PROGRAM = join(import.meta.dirname, 'hostile-http.ts');

/** Hostile clients. Stopped at disposal. */
export interface Crowd extends AsyncDisposable {
  readonly outcome: () => Promise<Outcome>;
}

/** Starts an attack. Resolves after all of its connections have been attempted. */
export async function attack(url: string, how: Omit<Attack, 'port' | 'tls'>): Promise<Crowd> {
  const { port, protocol } = new URL(url);
  const options: Attack = { ...how, port: Number(port), tls: protocol === 'https:' };
  const child = endWithTests(fork(PROGRAM, [JSON.stringify(options)]));
  await once(child, 'message');
  return {
    outcome: () => answerOf(child),
    [Symbol.asyncDispose]: () => endNow(child),
  };
}

async function answerOf(child: ChildProcess): Promise<Outcome> {
  child.send('outcome');
  const [outcome] = await once(child, 'message');
  return outcome as Outcome;
}

/** An address without attackers. */
const BYSTANDER = '127.0.0.9';
const SECOND_MS = 1000;

interface Bystander {
  readonly from?: string;
  readonly times?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The requests answered with 200 within a second, as "32 of 32". */
export async function served(
  url: string,
  path: string,
  { from = BYSTANDER, times = 32, headers = {} }: Bystander = {},
): Promise<string> {
  let count = 0;
  for (let i = 0; i < times; i++) {
    const options = { from, headers, patienceMs: SECOND_MS };
    if ((await fetchHttp(url, path, options)).status === 200) count++;
  }
  return `${count} of ${times}`;
}

const PAUSE_MS = 200;

/** Repeats a check for this long, as scrapers and probes do. */
export async function throughout(durationMs: number, check: () => Promise<void>): Promise<void> {
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs) {
    await check();
    await delay(PAUSE_MS);
  }
}
