import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openScene } from '../../../lab/scene/scene.ts';
import type { Bpftool } from '../../../src/kernel/bpftool.ts';
import { CGROUP_PROGRAMS } from '../../../src/kernel/load/load-plan.ts';

/** The instructions that the kernel runs, as text by the offset that jumps use. */
async function instructionsOf(bpftool: Bpftool, pin: string): Promise<Map<number, string>> {
  const text = await bpftool.run(['prog', 'dump', 'xlated', 'pinned', pin]);
  const lines = [...text.matchAll(/^ *(\d+): \([0-9a-f]{2}\) (.*)$/gm)];
  return new Map(lines.map(([, place, words = '']) => [Number(place), words]));
}

/** Offsets from which a jump leads to this one. */
function comingTo(place: number, instructions: ReadonlyMap<number, string>): number[] {
  return [...instructions].flatMap(([from, words]) => {
    const [, by] = /goto pc([+-]\d+)/.exec(words) ?? [];
    return by !== undefined && from + 1 + Number(by) === place ? [from] : [];
  });
}

// These cannot be run with crafted input, as packets can. So their return values are checked in the
// code.
test.each(['device', 'sysctl'])(
  'the program for %s says yes on each way through',
  async (capture) => {
    await using scene = await openScene();
    const { bpftool, options } = scene;
    for (const program of Object.keys(CGROUP_PROGRAMS[capture] ?? {})) {
      const pin = join(options.bpffs, 'current/programs', capture, program);
      const instructions = await instructionsOf(bpftool, pin);
      const ends = [...instructions].flatMap(([place, words]) => (words === 'exit' ? place : []));
      expect(ends).toHaveLength(1);
      for (const end of ends) {
        expect(instructions.get(end - 1)).toMatch(/^[rw]0 = 1$/);
        expect(comingTo(end, instructions)).toEqual([]);
      }
    }
  },
);
