import type { Evidence, Finding } from './verdict/finding.ts';

/** Unix time: 2026-01-01T00:00:00Z. */
export const NOW_SECONDS = 1_767_225_600;

/** Evidence of RandomX in shop/web-0. */
export function evidence(different: Partial<Evidence> = {}): Evidence {
  return {
    signal: 'randomx',
    says: 'switches floating-point rounding modes as RandomX does',
    points: 90,
    count: 1_234,
    firstSeconds: NOW_SECONDS - 754,
    lastSeconds: NOW_SECONDS - 2,
    detail:
      'flush-to-zero on; rounding modes: 30 nearest, 31 down, 29 up, 33 toward zero, in 57.0 s of CPU time',
    container: 'app',
    pid: 4711,
    command: 'xmrig',
    peer: undefined,
    port: undefined,
    ...different,
  };
}

const unknown = { pid: undefined, command: undefined, container: '' };

/** A mining pod with two signals. */
export function finding(different: Partial<Finding> = {}): Finding {
  return {
    namespace: 'shop',
    pod: 'web-0',
    kind: 'kubernetes',
    workload: 'web',
    score: 100,
    verdict: 'mining',
    firstSeconds: NOW_SECONDS - 754,
    lastSeconds: NOW_SECONDS - 2,
    evidence: [
      evidence(),
      evidence({
        signal: 'pool_name',
        says: 'uses the domain name of a mining pool',
        points: 40,
        count: 1,
        firstSeconds: NOW_SECONDS - 700,
        lastSeconds: NOW_SECONDS - 700,
        detail: 'DNS query for pool.example (pool domain pool.example)',
        peer: '203.0.113.53',
        port: 53,
      }),
    ],
    ...different,
  };
}

const tireless = evidence({
  signal: 'tireless_cpu',
  says: 'uses the CPU at a steady rate with threads that almost never sleep',
  points: 20,
  count: 7,
  detail: 'threads that almost never sleep used 1.97 CPUs at a steady rate for 4 minutes',
  ...unknown,
});

/** One finding per verdict, and per kind of place. */
export const findings: readonly Finding[] = [
  finding(),
  finding({
    namespace: 'system.slice',
    pod: 'backup.service',
    kind: 'unit',
    workload: 'backup.service',
    score: 70,
    verdict: 'suspicious',
    evidence: [tireless],
  }),
  finding({
    namespace: 'docker',
    pod: '0123456789ab',
    kind: 'container',
    workload: '0123456789ab',
    score: 20,
    verdict: 'noted',
    evidence: [tireless],
  }),
  finding({
    namespace: 'research',
    pod: 'rig',
    kind: 'cgroup',
    workload: 'rig',
    score: 0,
    verdict: 'allowed',
    evidence: [evidence({ ...unknown, count: 2 ** 40 })],
  }),
];
