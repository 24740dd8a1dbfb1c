import type { TestProjectInlineConfiguration, ViteUserConfig } from 'vitest/config';

const MINUTE_MS = 60_000;

// Projects run one after the other, in this order. The fast ones report errors first.
const config: ViteUserConfig = {
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,lab,tools,trials,bench}/**/*.test.ts', 'test/*.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      alone('kernel', 1, 4 * MINUTE_MS),
      alone('security', 2, 4 * MINUTE_MS),
      alone('e2e', 3, 5 * MINUTE_MS),
      alone('machines', 4, 10 * MINUTE_MS),
      alone('cluster', 5, 15 * MINUTE_MS),
      alone('cluster-cgroupfs', 6, 15 * MINUTE_MS),
      alone('long', 7, 15 * MINUTE_MS, 'test/**/*.long.ts'),
    ],
  },
};

/** For tests that share one kernel or need all CPUs: one file at a time. */
function alone(
  name: string,
  groupOrder: number,
  timeoutMs: number,
  files: string = `test/${name}/**/*.test.ts`,
): TestProjectInlineConfiguration {
  return {
    test: {
      name,
      include: [files],
      sequence: { groupOrder },
      fileParallelism: false,
      testTimeout: timeoutMs,
      hookTimeout: timeoutMs,
    },
  };
}

export default config;
