import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../lab/network/free-port.ts';
import { socketOf } from '../lab/scene/scene.ts';
import type { LoadOptions } from '../src/kernel/load/load-plan.ts';
import { LAUNCHER } from './daemon-process.ts';

const POLL_MS = 5;
const START_LIMIT_MS = 20_000;
/** USER_HZ, the unit of times in /proc/PID/stat. The same on every Linux. */
const TICKS_A_SECOND = 100;

/** The shipped `bin/vigia run` of an unprivileged user, with loaded programs. */
export interface RealDaemon extends AsyncDisposable {
  readonly url: string;
  /** Time from the start until /readyz returns 200. */
  readonly readyMs: number;
  /** User and system time of all threads so far. */
  readonly cpuSeconds: () => number;
  readonly rssBytes: () => number;
}

export async function startRealDaemon(options: LoadOptions): Promise<RealDaemon> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const args = ['run', `--cgroup=${options.cgroup.path}`, `--bpffs=${options.bpffs}`];
  const beganMs = performance.now();
  args.push(`--listen=${new URL(url).host}`, `--socket=${socketOf(options)}`);
  const child = spawn(LAUNCHER, args, {
    uid: options.uid,
    gid: options.uid,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const pid = child.pid;
  if (pid === undefined) throw new Error(`cannot start ${LAUNCHER}`);
  const daemon: RealDaemon = {
    url,
    readyMs: 0,
    cpuSeconds: () => {
      // proc_pid_stat(5): the name in parentheses can contain any character; utime is the 12th field after it.
      const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ');
      return (Number(fields?.[11]) + Number(fields?.[12])) / TICKS_A_SECOND;
    },
    rssBytes: () => {
      const status = readFileSync(`/proc/${pid}/status`, 'latin1');
      return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1]) * 1024;
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`vigia run failed: ${output}`);
    if (performance.now() - beganMs > START_LIMIT_MS)
      throw new Error(`not ready in time: ${output}`);
    await sleep(POLL_MS);
  }
  return { ...daemon, readyMs: performance.now() - beganMs };
}

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/readyz`).catch(() => undefined);
  await response?.text();
  return response?.status === 200;
}
