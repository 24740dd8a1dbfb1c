import type { Scene } from '../../lab/scene/scene.ts';
import { DIALECTS } from '../../src/core/mining/detectors/dialect.ts';
import { CLUE_KIND, type ClueRecord } from '../../src/core/reading/clue.ts';
import { randomFrom, spread } from '../../src/core/seeded-random.ts';
import { type Confusion, together } from './confusion.ts';
import { EVASIONS, hasClient, type Segment, segmentsOf } from './emulators/evasions.ts';
import { GRAMMARS } from './emulators/grammars.ts';
import { LOOK_ALIKES } from './emulators/look-alikes.ts';
import { playInside, portsIn } from './emulators/sessions.ts';
import { KNOWN_RULES } from './known-rules.ts';
import { groupedBy, percent, shareOf, table } from './markdown.ts';

/** Flows per dialect and evasion: at most what a ring can hold. */
const FLOWS = 30;
/** Flows per look-alike and turn: in total about as many as flows of miners. */
const LOOK_ALIKE_FLOWS = 60;
const LOOK_ALIKE_TURNS = 5;

/** Flows of one kind, and how many of them each detector recognized. */
interface Cell {
  readonly dialect: string;
  readonly evasion: string;
  readonly flows: number;
  readonly found: Readonly<Record<string, number>>;
}

/** Flows of miners and of look-alikes. */
export interface PlayedDialects {
  readonly cells: readonly Cell[];
  readonly benign: readonly Cell[];
}

export const OURS = 'Vigia';
const DETECTORS = [OURS, ...Object.keys(KNOWN_RULES)];

/** Plays every dialect with every evasion, and every look-alike, over real sockets. */
export async function playDialects(scene: Scene, signal: AbortSignal): Promise<PlayedDialects> {
  const cells: Cell[] = [];
  for (const [dialect, grammar] of Object.entries(GRAMMARS))
    for (const [evasion, how] of Object.entries(EVASIONS)) {
      signal.throwIfAborted();
      const random = randomFrom(1 + cells.length);
      const sessions = Array.from({ length: FLOWS }, () =>
        segmentsOf(grammar(random), how, random),
      );
      const withClient = sessions.filter(hasClient);
      if (withClient.length > 0) cells.push(await measure(scene, withClient, { dialect, evasion }));
    }
  return { cells, benign: await playLookAlikes(scene, signal) };
}

async function playLookAlikes(scene: Scene, signal: AbortSignal): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const [dialect, lookAlike] of Object.entries(LOOK_ALIKES))
    for (let turn = 0; turn < LOOK_ALIKE_TURNS; turn++) {
      signal.throwIfAborted();
      // Neighboring seeds give similar first numbers.
      const random = randomFrom(spread(1000 + cells.length));
      const sessions = Array.from({ length: LOOK_ALIKE_FLOWS }, () => lookAlike(random));
      cells.push(await measure(scene, sessions, { dialect, evasion: 'look-alike' }));
    }
  return cells;
}

export function dialectTables({ cells, benign }: PlayedDialects): string[] {
  return [
    recallTable('dialect', cells, ({ dialect }) => dialect),
    recallTable('evasion', cells, ({ evasion }) => evasion),
    falseTable(benign),
  ];
}

/** Vigia's recall for each dialect. */
export function recallsByDialect({ cells }: PlayedDialects): number[] {
  return [...groupedBy(cells, ({ dialect }) => dialect).values()].map((group) => {
    const sum = (count: (cell: Cell) => number) =>
      group.reduce((all, each) => all + count(each), 0);
    return sum(({ found }) => found[OURS] ?? 0) / sum(({ flows }) => flows);
  });
}

/** By detector. */
export function confusionsOf({ cells, benign }: PlayedDialects): Map<string, Confusion> {
  const miners = cells.map((cell) => ({ cell, isMiner: true }));
  const all = [...miners, ...benign.map((cell) => ({ cell, isMiner: false }))];
  const of = (detector: string) =>
    all.map(({ cell: { flows, found: by }, isMiner }): Confusion => {
      const found = by[detector] ?? 0;
      return isMiner
        ? { miners: flows, detected: found, innocents: 0, wrong: 0 }
        : { miners: 0, detected: 0, innocents: flows, wrong: found };
    });
  return new Map(DETECTORS.map((detector) => [detector, together(of(detector))]));
}

let cgroups = 0;

async function measure(
  scene: Scene,
  sessions: readonly (readonly Segment[])[],
  about: Pick<Cell, 'dialect' | 'evasion'>,
): Promise<Cell> {
  const cgroup = scene.makeCgroup(`flows-${++cgroups}`);
  const ports = await playInside(cgroup, sessions);
  const clues = scene.cluesOf(cgroup).filter(isMining);
  scene.reap();
  scene.reap();
  const ours = portsIn(ports, clues);
  const known = Object.entries(KNOWN_RULES).map(
    ([rule, isFound]) => [rule, sessions.filter(isFound).length] as const,
  );
  const found = Object.fromEntries([[OURS, ours.length] as const, ...known]);
  return { ...about, flows: sessions.length, found };
}

function isMining({ kind, detail }: Pick<ClueRecord, 'kind' | 'detail'>): boolean {
  const spoken = DIALECTS.filter((_, bit) => detail & (1 << bit));
  return kind === CLUE_KIND.payload && spoken.some(({ signal }) => signal === 'mining_protocol');
}

function recallTable(
  what: string,
  cells: readonly Cell[],
  keyOf: (cell: Cell) => string,
  isShown: (key: string) => boolean = () => true,
): string {
  const shown = [...groupedBy(cells, keyOf)].filter(([key]) => isShown(key));
  const rows = shown.map(([key, group]) => rowOf(key, group));
  return table([what, 'flows', ...DETECTORS], [...rows, rowOf('all', cells)]);
}

function falseTable(cells: readonly Cell[]): string {
  const isWrong = ({ found }: Cell) => DETECTORS.some((detector) => (found[detector] ?? 0) > 0);
  const wrong = new Set(cells.filter(isWrong).map(({ dialect }) => dialect));
  return recallTable(
    'look-alike',
    cells,
    ({ dialect }) => dialect,
    (dialect) => wrong.has(dialect),
  );
}

/** The share of detected flows; for Vigia with its 95 % interval. */
function rowOf(key: string, cells: readonly Cell[]): string[] {
  const flows = cells.reduce((sum, cell) => sum + cell.flows, 0);
  const shares = DETECTORS.map((detector) => {
    const found = cells.reduce((sum, cell) => sum + (cell.found[detector] ?? 0), 0);
    return detector === OURS ? shareOf(found, flows) : percent(found / flows);
  });
  return [key, String(flows), ...shares];
}
