import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInside } from '../../../lab/process/process.ts';
import type { ClueRecord } from '../../../src/core/reading/clue.ts';
import type { Segment } from './evasions.ts';

const TALK = join(import.meta.dirname, 'talk.ts');

/** The client ports of connections with a clue at either end. */
export function portsIn(ports: readonly number[], clues: readonly ClueRecord[]): number[] {
  const told = new Set(clues.flatMap(({ amount: own, port }) => [own, port]));
  return ports.filter((port) => told.has(port));
}

/** Plays sessions in a cgroup, one after the other. Returns the client port of each. */
export async function playInside(
  cgroup: string,
  sessions: readonly (readonly Segment[])[],
  address = '127.0.0.1',
): Promise<number[]> {
  const directory = mkdtempSync(join(tmpdir(), 'vigia-sessions-'));
  try {
    const file = join(directory, 'sessions');
    writeFileSync(file, sessions.map((session) => `${JSON.stringify(session)}\n`).join(''));
    const ports = await runInside(cgroup, [process.execPath, TALK, address, file]);
    return ports.trimEnd().split('\n').map(Number);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
