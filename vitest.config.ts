import type { TestProjectInlineConfiguration, ViteUserConfig } from 'vitest/config';

const MINUTE_MS = 60_000;

// Projects run one after the other, in this order: the fast ones tell first what is broken.
const config: ViteUserConfig = {
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,tools,bench}/**/*.test.ts', 'test/{,emulators/}*.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      alone('kernel', 1, 4 * MINUTE_MS),
      alone('e2e', 2, 5 * MINUTE_MS),
      alone('vm', 3, 10 * MINUTE_MS),
      alone('cluster', 4, 15 * MINUTE_MS),
      alone('cluster-cgroupfs', 5, 15 * MINUTE_MS),
    ],
  },
};

/** Tests that share one kernel, or need all of the CPUs: a file at a time. */
function alone(
  name: string,
  groupOrder: number,
  timeoutMs: number,
): TestProjectInlineConfiguration {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      sequence: { groupOrder },
      fileParallelism: false,
      testTimeout: timeoutMs,
      hookTimeout: timeoutMs,
    },
  };
}

export default config;
