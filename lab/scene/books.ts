import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { UsageRow } from '../../src/kernel/tables/wire.gen.ts';
import { cpuStatNs } from '../process/process.ts';
import type { Scene } from './scene.ts';

const MS = 1e6;
export const TOLERANCE_MS = 5;

/** CPU time of one cgroup from two sources: Vigia's row, and the kernel's cpu.stat. */
export interface Books {
  readonly oursNs: number;
  readonly kernelsNs: number;
}

/** Exact only while nothing runs in the cgroup or below it. */
export function readBooks(scene: Scene, cgroup: string): Books {
  return { oursNs: scene.usageOf(cgroup).cpu.oncpuNs, kernelsNs: cpuStatNs(cgroup) };
}

/** Fails unless both grew equally. Returns the growth in ms. */
export function expectSameGrowth(before: Books, after: Books): number {
  const ours = after.oursNs - before.oursNs;
  const kernels = after.kernelsNs - before.kernelsNs;
  expect(Math.abs(ours - kernels) / MS).toBeLessThan(TOLERANCE_MS);
  return ours / MS;
}

/**
 * Reads a row between two reads of cpu.stat, which must enclose its value. This allows a comparison
 * while the cgroup runs, on a slow machine too.
 */
export function readEnclosed(
  scene: Scene,
  cgroup: string,
  before: Books,
): { readonly oursNs: number; readonly behindMs: number; readonly aheadMs: number } {
  const leastNs = cpuStatNs(cgroup) - before.kernelsNs;
  const oursNs = scene.usageOf(cgroup).cpu.oncpuNs - before.oursNs;
  const mostNs = cpuStatNs(cgroup) - before.kernelsNs;
  return { oursNs, behindMs: (leastNs - oursNs) / MS, aheadMs: (oursNs - mostNs) / MS };
}

/** CPU time of all rows, including those without a cgroup. */
export function totalNs(rows: readonly UsageRow[]): number {
  return rows.reduce((sum, { cpu }) => sum + cpu.oncpuNs, 0);
}

/** The scheduler's counters for all threads of a process. Exact while none runs. */
export interface TaskBooks {
  readonly oncpuNs: number;
  readonly waitNs: number;
  readonly preemptions: number;
  /** Slices: voluntary plus involuntary switches. */
  readonly switches: number;
}

export function taskBooks(pid: number): TaskBooks {
  const threads = readdirSync(`/proc/${pid}/task`).map((tid) =>
    threadBooks(`/proc/${pid}/task/${tid}`),
  );
  const sum = (name: keyof TaskBooks) => threads.reduce((total, books) => total + books[name], 0);
  return {
    oncpuNs: sum('oncpuNs'),
    waitNs: sum('waitNs'),
    preemptions: sum('preemptions'),
    switches: sum('switches'),
  };
}

function threadBooks(directory: string): TaskBooks {
  const schedstat = readFileSync(`${directory}/schedstat`, 'utf8').split(' ').map(Number);
  const status = readFileSync(`${directory}/status`, 'latin1');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)$`, 'm').exec(status)?.[1]);
  const preemptions = field('nonvoluntary_ctxt_switches');
  return {
    oncpuNs: schedstat[0] ?? 0,
    waitNs: schedstat[1] ?? 0,
    preemptions,
    switches: preemptions + field('voluntary_ctxt_switches'),
  };
}
