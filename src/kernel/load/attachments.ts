import { existsSync, readFileSync } from 'node:fs';
import { placeOf } from '../../core/place/place.ts';
import { type Bpftool, BpftoolError } from '../bpftool.ts';
import { CAPABILITY, hasCapability } from './capabilities.ts';
import { CGROUP_PROGRAMS } from './load-plan.ts';
import type { Version } from './pins.ts';
import type { Step } from './step.ts';
import { pathsOf } from './version-paths.ts';

/** A program attached to a cgroup. */
export interface Attachment {
  readonly cgroup: string;
  readonly hook: string;
  readonly id: number;
  readonly name: string;
}

interface ShownProgram {
  readonly id: number;
  readonly attach_type: string;
  readonly name?: string;
}

/** Programs attached to one cgroup itself. */
export async function attachedTo(bpftool: Bpftool, cgroup: string): Promise<Attachment[]> {
  const shown = await bpftool.json<ShownProgram[]>(['cgroup', 'show', cgroup]);
  return shown.map((program) => attachment(cgroup, program));
}

interface ShownCgroup {
  readonly cgroup: string;
  readonly programs: readonly ShownProgram[];
}

/** bpftool fails if a cgroup ends meanwhile, which is common on a busy node. */
const WALKS = 50;

/** Programs attached to a cgroup, or to any below it. */
export async function attachedBelow(bpftool: Bpftool, cgroup: string): Promise<Attachment[]> {
  let shown: ShownCgroup[] | undefined;
  for (let left = WALKS; shown === undefined; left--)
    shown = await bpftool.json<ShownCgroup[]>(['cgroup', 'tree', cgroup]).catch((error) => {
      if (left > 1 && existsSync(cgroup)) return undefined;
      throw error;
    });
  return shown.flatMap(({ cgroup: path, programs }) =>
    programs.map((program) => attachment(path, program)),
  );
}

function attachment(cgroup: string, { id, attach_type, name = '' }: ShownProgram): Attachment {
  return { cgroup, hook: attach_type, id, name };
}

export function detach({ cgroup, hook, id }: Attachment): Step {
  return { do: 'bpftool', args: ['cgroup', 'detach', cgroup, hook, 'id', String(id)] };
}

/**
 * Whether this process can list attachments. bpftool looks up each program by its id, which needs
 * CAP_SYS_ADMIN; without it the lists above are empty.
 */
export function seesAttached(): boolean {
  return hasCapability(readFileSync('/proc/self/status', 'utf8'), CAPABILITY.sysAdmin);
}

/** Detaches a version's programs from a cgroup by their pins. Does not need CAP_SYS_ADMIN. */
export async function detachPinned(
  bpftool: Bpftool,
  cgroup: string,
  pins: readonly CgroupPin[],
): Promise<void> {
  for (const { hook, pin } of pins)
    await bpftool.run(['cgroup', 'detach', cgroup, hook, 'pinned', pin]).catch((error) => {
      if (!(error instanceof BpftoolError && error.output.includes('No such file'))) throw error;
    });
}

interface CgroupPin {
  readonly hook: string;
  readonly pin: string;
}

/** The pinned programs of a version that are attached to a cgroup. */
export function cgroupPins(bpffs: string, version: Version): CgroupPin[] {
  const at = pathsOf(bpffs, version);
  return Object.entries(CGROUP_PROGRAMS)
    .flatMap(([capture, programs]) =>
      Object.entries(programs).map(([program, hook]) => ({
        hook,
        pin: at.program(capture, program),
      })),
    )
    .filter(({ pin }) => existsSync(pin));
}

export async function cgroupProgramIds(
  bpftool: Bpftool,
  bpffs: string,
  version: Version,
): Promise<Set<number>> {
  const ids = await Promise.all(
    cgroupPins(bpffs, version).map(async ({ pin }) => {
      const { id } = await bpftool.json<{ id: number }>(['prog', 'show', 'pinned', pin]);
      return id;
    }),
  );
  return new Set(ids);
}

/**
 * Vigia's attached programs without a pin, for example after their bpffs was unmounted: they still
 * run, but no daemon reads their counts. Recognized by name and maps.
 */
export async function orphansBelow(bpftool: Bpftool, cgroup: string): Promise<Attachment[]> {
  const names = Object.values(CGROUP_PROGRAMS).flatMap((programs) => Object.keys(programs));
  const attached = await attachedBelow(bpftool, cgroup);
  const candidates = attached.filter(
    ({ name, cgroup: at }) => names.includes(name) && !isNodeBelow(at, cgroup),
  );
  return await orphansAmong(await orphansAmong(candidates, bpftool), bpftool);
}

/** A node that is a container has its own Vigia, with pins in its own mount namespace. */
function isNodeBelow(attachedAt: string, observed: string): boolean {
  return placeOf(attachedAt.slice(observed.length))?.kind === 'container';
}

/** NOTE: bpftool misses pins while a bpffs is mounted or unmounted, so one check is not enough. */
async function orphansAmong(
  candidates: readonly Attachment[],
  bpftool: Bpftool,
): Promise<Attachment[]> {
  const orphaned = await Promise.all(candidates.map((each) => isOrphan(bpftool, each)));
  return candidates.filter((_, i) => orphaned[i] === true);
}

/** Each of Vigia's cgroup programs uses at least one of these. */
const OUR_MAPS: ReadonlySet<string> = new Set(['usage_by_slot', 'clue_by_slot']);

async function isOrphan(bpftool: Bpftool, { id }: Attachment): Promise<boolean> {
  type Shown = { readonly pinned?: string[]; readonly map_ids?: number[] };
  const shown = await bpftool
    .json<Shown>(['-f', 'prog', 'show', 'id', String(id)])
    .catch(() => undefined); // detached meanwhile
  if (shown === undefined || (shown.pinned ?? []).length > 0) return false;
  const maps = await Promise.all(
    (shown.map_ids ?? []).map((map) =>
      bpftool
        .json<{ name?: string }>(['map', 'show', 'id', String(map)])
        .catch((): { name?: string } => ({})),
    ),
  );
  return maps.some(({ name = '' }) => OUR_MAPS.has(name));
}
