import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { holdInside, moveInto, until } from '../../lab/process/process.ts';
import { findController } from '../../lab/scene/cgroup-v1.ts';

const PERIOD_US = 100_000;

/** Starts a program with a quota of this share of one CPU, like the CPU limit of a pod. */
export async function startUnderQuota(
  cgroup: string,
  share: number,
  command: readonly string[],
): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const quotaUs = Math.round(PERIOD_US * share);
  const v1 = findController(['cpu']);
  const apart = v1 && join(v1, `vigia-bench-${basename(cgroup)}-${process.pid}`);
  if (apart === undefined) limitUnified(cgroup, quotaUs);
  else stack.adopt(limitApart(apart, quotaUs), removed);
  const program = await holdInside(cgroup, command);
  stack.use(program);
  if (apart !== undefined) moveInto(apart, program.pid);
  program.go();
  return stack.move();
}

function limitUnified(cgroup: string, quotaUs: number): void {
  const parent = dirname(cgroup);
  if (!/\bcpu\b/.test(readFileSync(join(parent, 'cgroup.controllers'), 'utf8')))
    throw new Error(`${parent}: the controller of the CPU is not handed down to it`);
  writeFileSync(join(parent, 'cgroup.subtree_control'), '+cpu');
  writeFileSync(join(cgroup, 'cpu.max'), `${quotaUs} ${PERIOD_US}`);
}

/** For hosts with the CPU controller in cgroup v1. */
function limitApart(path: string, quotaUs: number): string {
  mkdirSync(path);
  writeFileSync(join(path, 'cpu.cfs_period_us'), String(PERIOD_US));
  writeFileSync(join(path, 'cpu.cfs_quota_us'), String(quotaUs));
  return path;
}

/** Its processes were killed, but may take a moment to end. */
async function removed(path: string): Promise<void> {
  await until(`${path} to be empty`, () => readFileSync(join(path, 'cgroup.procs'), 'utf8') === '');
  rmdirSync(path);
}
