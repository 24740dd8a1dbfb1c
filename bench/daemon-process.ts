import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import type { Collected, DaemonShape, Ticked } from './synthetic-daemon.ts';

export const LAUNCHER: string = join(import.meta.dirname, '../bin/vigia');

/** The Accept header of Prometheus. */
const OPENMETRICS = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';

/** A synthetic daemon in its own process, with the heap size of the shipped daemon. */
export interface SyntheticDaemon extends AsyncDisposable {
  readonly url: string;
  readonly tick: () => Promise<Ticked>;
  readonly collect: () => Promise<Collected>;
}

export async function startSyntheticDaemon(shape: DaemonShape): Promise<SyntheticDaemon> {
  const program = join(import.meta.dirname, 'synthetic-daemon.ts');
  const child = fork(program, [JSON.stringify(shape)], {
    execArgv: ['--expose-gc', ...heapFlags()],
    env: { ...process.env, MALLOC_ARENA_MAX: '1' }, // like the launcher
  });
  const ended = once(child, 'exit').then(([code, signal]): never => {
    throw new Error(`the daemon with ${shape.pods} pods ended: ${code ?? signal}`);
  });
  ended.catch(() => {});
  const answer = async <T>() => ((await Promise.race([once(child, 'message'), ended])) as [T])[0];
  const request = async <T>(question: string) => {
    child.send(question);
    return await answer<T>();
  };
  return {
    url: await answer<string>(),
    tick: () => request<Ticked>('tick'),
    collect: () => request<Collected>('collect'),
    [Symbol.asyncDispose]: async () => {
      if (child.connected) child.disconnect();
      await ended.catch(() => {});
    },
  };
}

/** The V8 flags of the launcher. */
function heapFlags(): string[] {
  const launcher = readFileSync(LAUNCHER, 'utf8');
  const [, flags] = /^exec "\$node" ((?:--\S+ )+)/m.exec(launcher) ?? [];
  const [, heap] = /^heap=(\d+)/m.exec(launcher) ?? [];
  if (flags === undefined || heap === undefined) throw new Error(`${LAUNCHER} sets no flags`);
  return flags.replace('$heap', heap).trim().split(' ');
}

export interface Scraped {
  readonly ms: number;
  /** Compressed size. */
  readonly bytes: number;
}

/** Scrapes like Prometheus, over a persistent connection. */
export class Scraper implements Disposable {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  async scrape(url: string): Promise<Scraped> {
    const headers = { accept: OPENMETRICS, 'accept-encoding': 'gzip' };
    const beganMs = performance.now();
    const request = get(`${url}/metrics`, { agent: this.#agent, headers });
    const [response] = await once(request, 'response');
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    await once(response, 'end');
    if (response.statusCode !== 200) throw new Error(`the scrape returned ${response.statusCode}`);
    return { ms: performance.now() - beganMs, bytes };
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
