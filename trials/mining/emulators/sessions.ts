import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInside } from '../../../lab/process/process.ts';
import type { ClueRecord } from '../../../src/core/reading/clue.ts';
import type { Segment } from './evasions.ts';

const TALK = join(import.meta.dirname, 'talk.ts');

/** The client ports of connections with a clue at either end. */
export function portsIn(ports: readonly number[], clues: readonly ClueRecord[]): number[] {
  const reported = new Set(clues.flatMap(({ amount: own, port }) => [own, port]));
  return ports.filter((port) => reported.has(port));
}

/** Sessions of a cgroup. */
export interface Play {
  readonly cgroup: string;
  readonly sessions: readonly (readonly Segment[])[];
}

/** Plays sessions in a cgroup, one after the other. Returns the client port of each. */
export async function playInside(
  cgroup: string,
  sessions: readonly (readonly Segment[])[],
  address?: string,
): Promise<number[]> {
  const [ports = []] = await playInEach([{ cgroup, sessions }], address);
  return ports;
}

/** The same for many cgroups in turn, in one process: starting one takes longer than a session. */
export async function playInEach(
  plays: readonly Play[],
  address = '127.0.0.1',
): Promise<number[][]> {
  const [first] = plays;
  if (first === undefined) return [];
  const directory = mkdtempSync(join(tmpdir(), 'vigia-sessions-'));
  try {
    const file = join(directory, 'sessions');
    const lines = plays.flatMap(({ cgroup, sessions }) => [cgroup, ...sessions]);
    writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const printed = await runInside(first.cgroup, [process.execPath, TALK, address, file]);
    const ports = printed.trimEnd().split('\n').map(Number);
    return plays.map(({ sessions }) => ports.splice(0, sessions.length));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
