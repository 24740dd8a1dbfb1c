import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { type GuestRun, runInGuest } from './guest.ts';
import { type Kernel, kernels } from './kernels/kernels.ts';
import { rules } from './kernels/matrix-rules.ts';
import { Observed } from './kernels/observed.ts';
import { planEntries } from './kernels/plan.ts';

const runs = new Map<Kernel, Promise<GuestRun>>();

// All at once: runInGuest limits the number that runs.
beforeAll(async () => {
  const script = await readFile(new URL('kernels/guest/scenario.sh', import.meta.url), 'utf8');
  for (const kernel of kernels) {
    const files = await planEntries(kernel);
    runs.set(kernel, runInGuest({ kernel, script, files }));
  }
  await Promise.allSettled(runs.values());
});

async function observe(kernel: Kernel): Promise<Observed> {
  const run = await runs.get(kernel);
  if (run === undefined) throw new Error(`${kernel.name} was not run`);
  return new Observed(run);
}

describe.each(kernels.filter(({ isRequired }) => isRequired))('Linux $name', (kernel) => {
  test('all programs load, attach, count and unload', async () => {
    expect((await observe(kernel)).version).toContain(kernel.name.split(' ')[0]);
  });

  test.each(rules)('$sentence', async ({ holds }) => {
    holds(await observe(kernel));
  });
});

test('one kernel of the matrix is fully preemptible', async () => {
  const preemptible = kernels.filter(({ words = [] }) => words.includes('preempt=full'));
  expect(preemptible).toHaveLength(1);
  for (const kernel of preemptible) {
    expect((await observe(kernel)).text('preemption')).toBe('Dynamic Preempt: full');
  }
});

/** Rules that a new kernel breaks, one sentence each. */
async function broken(kernel: Kernel): Promise<string[]> {
  try {
    const observed = await observe(kernel);
    return rules.flatMap(({ sentence, holds }) => {
      try {
        holds(observed);
        return [];
      } catch (error) {
        return [`${sentence}: ${String(error)}`];
      }
    });
  } catch (error) {
    return [String(error)];
  }
}

const moving = kernels.filter(({ isRequired }) => !isRequired);

test.each(moving)('the $name kernel is reported, but does not fail the tests', async (kernel) => {
  const problems = await broken(kernel);
  const run = await runs.get(kernel)?.catch(() => undefined);
  const verdict = problems.length === 0 ? 'every rule holds' : problems.join('\n  ');
  process.stdout.write(`\n${kernel.name} kernel (${run?.version ?? 'not run'}): ${verdict}\n`);
});
