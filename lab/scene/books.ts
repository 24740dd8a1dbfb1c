import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { UsageRow } from '../../src/kernel/tables/wire.gen.ts';
import { cpuStatNs } from '../process/process.ts';
import type { Scene } from './scene.ts';

const MS = 1e6;
export const TOLERANCE_MS = 5;

/** CPU time of one cgroup by two books: our row, and the kernel's own cpu.stat. */
export interface Books {
  readonly oursNs: number;
  readonly kernelsNs: number;
}

/** Only exact while nothing runs in the cgroup, or below it. */
export function readBooks(scene: Scene, cgroup: string): Books {
  return { oursNs: scene.usageOf(cgroup).cpu.oncpuNs, kernelsNs: cpuStatNs(cgroup) };
}

/** Fails unless both books grew alike; returns by how much, in ms. */
export function expectSameGrowth(before: Books, after: Books): number {
  const ours = after.oursNs - before.oursNs;
  const kernels = after.kernelsNs - before.kernelsNs;
  expect(Math.abs(ours - kernels) / MS).toBeLessThan(TOLERANCE_MS);
  return ours / MS;
}

/**
 * Reads a row between two readings of cpu.stat, which should enclose it: so it can be compared while
 * the cgroup runs, however long the machine keeps us waiting.
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

/** CPU time of all rows, those that no cgroup owns among them. */
export function totalNs(rows: readonly UsageRow[]): number {
  return rows.reduce((sum, { cpu }) => sum + cpu.oncpuNs, 0);
}

/** What the scheduler booked for all threads of a process; exact while they do not run. */
export interface TaskBooks {
  readonly oncpuNs: number;
  readonly waitNs: number;
  readonly preemptions: number;
  /** Slices: voluntary and involuntary switches. */
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
