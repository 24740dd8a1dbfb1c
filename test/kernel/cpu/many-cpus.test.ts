import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KERNEL, WAYS } from '../../../lab/scene/connection-ways.ts';
import { removeCgroups, sceneOptions } from '../../../lab/scene/scene.ts';
import { ensureBpffs } from '../../../src/kernel/bpffs.ts';
import { findBpftool } from '../../../src/kernel/bpftool.ts';
import { layoutOf, loadPlan } from '../../../src/kernel/load/load-plan.ts';
import { unload } from '../../../src/kernel/load/loader.ts';
import { slotsFor } from '../../../src/kernel/load/map-memory.ts';
import { withConstants } from '../../../src/kernel/load/object-file.ts';
import { compiledPath, constantsFor, OBJECTS } from '../../../src/kernel/load/objects.ts';
import { perform, type Step } from '../../../src/kernel/load/step.ts';

/** Only the steps that the verifier checks. Nothing is attached or counted. */
const isLoading = (step: Step) =>
  step.do === 'mkdir' ||
  step.do === 'rename' ||
  step.do === 'together' ||
  (step.do === 'bpftool' && ['map', 'prog', 'iter'].includes(step.args[0] ?? ''));

const MACHINES = WAYS.flatMap(({ hasSocketStorage }) =>
  [256, 1024].map((cpus) => ({ cpus, hasSocketStorage })),
);

test.for(MACHINES)(
  'the programs and tables load: $cpus CPUs, socket storage: $hasSocketStorage',
  async ({ cpus, hasSocketStorage }) => {
    const bpftool = await findBpftool(process.env['VIGIA_BPFTOOL']);
    const options = await sceneOptions({ hasSocketStorage });
    const sizes = { cpus, slots: 8 };
    const objects = await mkdtemp(join(tmpdir(), 'vigia-test-'));
    const constants = constantsFor(options, sizes, 1);
    await ensureBpffs(options.bpffs);
    try {
      for (const name of OBJECTS) {
        const object = await readFile(compiledPath(options, name));
        await writeFile(join(objects, `${name}.bpf.o`), withConstants(object, constants));
      }
      const version = {
        generation: 1,
        layout: layoutOf(sizes),
        build: '00000000',
        slots: sizes.slots,
      };
      const { unattached, proven } = loadPlan(options, version, { sizes, objects });
      const steps = [...unattached, ...proven];
      const activation = steps.findIndex(({ do: what }) => what === 'symlink');
      for (const step of steps.slice(0, activation).filter(isLoading)) await perform(step, bpftool);
    } finally {
      await unload(bpftool, options);
      await rm(objects, { recursive: true, force: true });
      removeCgroups(options.cgroup.path);
    }
  },
);

test('a machine with more CPUs is refused', () => {
  expect(() => slotsFor({ ...KERNEL, cpus: 1025 }, 1024 ** 3)).toThrow('the limit is 1024');
});
