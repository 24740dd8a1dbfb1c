import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerHealth } from '../src/api/http/health.ts';
import { landingPage } from '../src/api/http/landing.ts';
import { wideColumns as flowColumns } from '../src/commands/connections/columns.ts';
import { wideColumns as findingColumns } from '../src/commands/findings/columns.ts';
import { fittingStories } from '../src/commands/findings/story-listing.ts';
import { jsonListing } from '../src/commands/list/json-listing.ts';
import { fittingTable } from '../src/commands/list/text-table.ts';
import { flowRow, ipv4 } from '../src/core/flow/flow-record.fixture.ts';
import { Ledger } from '../src/core/ledger/ledger.ts';
import { evidence, finding } from '../src/core/mining/findings.fixture.ts';
import { MiningJudge } from '../src/core/mining/mining-judge.ts';
import { noNames, type PodName } from '../src/core/place/pod-name.ts';
import { reading, row } from '../src/core/reading/reading.fixture.ts';
import type { Snapshot } from '../src/core/snapshot.ts';
import { runTick, type Tick } from '../src/core/tick.ts';
import { VerdictLog } from '../src/daemon/verdict-log.ts';
import { createLog } from '../src/log.ts';
import { Exposition, type Format } from '../src/metrics/exposition.ts';

/** Characters that a terminal may interpret. No output contains them, except for its line ends. */
const COMMANDING = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

const ID = '0123456789ab'.padEnd(64, 'c');
const UIDS = ['aaaa-1', 'bbbb-2', 'cccc-3'];

/** Names that cgroups and API objects can have. Many of them look alike when shown. */
const unit = fc.constantFrom(
  'a',
  'b',
  '"',
  '\\',
  '{',
  '<',
  '\n',
  '\0',
  '\u001b',
  '\u009b',
  '\u202e',
  '\ud800',
  '\u2028',
  '\ufffd',
  '🦀',
);
const alike = fc.constantFrom('\u001b', '\u009b', '\u202e', '\ufffd');
const name = fc.oneof(
  { arbitrary: alike, weight: 4 },
  { arbitrary: fc.string({ unit, minLength: 1, maxLength: 3 }), weight: 1 },
  { arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }), weight: 1 },
);
const directory = name.map((text) => text.replaceAll(/[/\0]/g, '') || 'x');
const names = fc.record({
  cgroups: fc.array(fc.tuple(directory, directory), { maxLength: 6 }),
  pods: fc.array(fc.record({ namespace: name, pod: name, owner: name, container: name }), {
    maxLength: UIDS.length,
  }),
});
type Names = typeof names extends fc.Arbitrary<infer One> ? One : never;

/** A node with such names everywhere. Each cgroup has 1 s more CPU time than the one before. */
function tickOf({ cgroups, pods }: Names): Tick {
  const paths = [
    ...cgroups.map(([parent, own]) => `/${parent}/${own}`),
    ...cgroups.map(([parent, own]) => `/${parent}.slice/${own}.service`),
    ...pods.map((_, i) => `/kubepods/pod${UIDS[i]}/${ID}`),
  ];
  const named = new Map(pods.map((pod, i) => [UIDS[i] ?? '', podName(pod)]));
  const steps = {
    nodeName: 'n1',
    ledger: new Ledger({ hasEgress: true, maxPairs: 100 }),
    judges: [new MiningJudge()],
  };
  const tick = (count: number) => {
    const usage = paths.map((_, i) =>
      row({ cgroupId: 10 + i, bornNs: 1_010e9, cpu: { oncpuNs: count * i * 1e9 } }),
    );
    const flows = paths.map((_, i) =>
      flowRow({
        cgroupId: 10 + i,
        slot: 500 + i,
        peer: ipv4(1, 1, 1, i),
        established: count,
        sentBytes: count,
      }),
    );
    return runTick(steps, reading(usage, { flow: flows }), {
      pathOf: (id) => paths[id - 10],
      names: { ...noNames, nameOf: (uid) => named.get(uid) },
      throttledNsOf: () => undefined,
      classOf: () => 'internet',
    });
  };
  tick(1);
  tick(2);
  // Pairs appear one read late.
  const { snapshot, connections } = tick(3);
  const findings = snapshot.pods.map(({ namespace, pod }) =>
    finding({
      namespace,
      pod,
      evidence: [evidence({ container: pod, command: pod, detail: pod })],
    }),
  );
  return { snapshot: { ...snapshot, findings }, connections };
}

function podName({ namespace, pod, owner, container }: Names['pods'][number]): PodName {
  return {
    namespace,
    pod,
    hostNetwork: false,
    ownerKind: owner,
    ownerName: owner,
    containers: new Map([[ID, container]]),
  };
}

async function expositionOf(snapshot: Snapshot, format: Format): Promise<string> {
  const exposition = new Exposition({
    version: '1',
    maxSeries: 20_000,
    waitHistogram: 'container',
    egress: 'class',
  });
  return (await exposition.render(snapshot, format)).toString();
}

function logOf({ findings }: Snapshot): string {
  let text = '';
  const log = createLog('info', { write: (line) => (text += line) });
  new VerdictLog(log).observe(findings, 0);
  for (const { pod } of findings) log.error({ err: new Error(pod), [pod]: pod }, pod);
  return text;
}

function listingsOf({ snapshot, connections }: Tick): string {
  const { pods, findings, nodeName, wallMs } = snapshot;
  let text = '';
  const sink = { write: (more: string) => (text += more), note: () => {}, size: () => undefined };
  jsonListing(false, sink)([...pods, ...findings]);
  const at = { nowSeconds: wallMs / 1000 };
  const lines = [
    ...fittingTable({ rows: connections(), columns: flowColumns, ...at }, undefined),
    ...fittingTable({ rows: findings, columns: findingColumns, ...at }, undefined),
    ...fittingStories({ findings, nodeName, wallMs, isLooking: true }),
  ];
  return text + lines.join('\n');
}

function pagesOf(snapshot: Snapshot): string {
  const about = { version: '1', observed: '/', hasMining: true };
  const nodeName = snapshot.pods[0]?.pod ?? '';
  const details = snapshot.pods.map(({ pod }) => ({ name: 'x', ok: false, detail: pod }));
  return (
    landingPage({ ...about, nodeName, snapshot }).markup +
    answerHealth('readyz', details, true).text
  );
}

describe('for any names', () => {
  test('no output contains terminal control characters', async () => {
    await fc.assert(
      fc.asyncProperty(names, async (all) => {
        const tick = tickOf(all);
        const { snapshot } = tick;
        expect(await expositionOf(snapshot, 'prometheus')).not.toMatch(COMMANDING);
        expect(await expositionOf(snapshot, 'openmetrics')).not.toMatch(COMMANDING);
        expect(pagesOf(snapshot)).not.toMatch(COMMANDING);
        expect(listingsOf(tick)).not.toMatch(COMMANDING);
        expect(logOf(snapshot)).not.toMatch(COMMANDING);
      }),
      { numRuns: 200 },
    );
  });

  test('each series exists once, and no figure is lost', async () => {
    await fc.assert(
      fc.asyncProperty(names, async (all) => {
        const { snapshot } = tickOf(all);
        const lines = (await expositionOf({ ...snapshot, findings: [] }, 'prometheus')).split('\n');
        const samples = lines.filter((line) => line !== '' && !line.startsWith('#'));
        const series = samples.map((line) => line.slice(0, line.lastIndexOf(' ')));
        expect(series.length).toBe(new Set(series).size);
        const cpu = samples.filter((line) => line.startsWith('vigia_container_cpu_seconds_total{'));
        const sum = cpu.reduce((all, line) => all + Number(line.slice(line.lastIndexOf(' '))), 0);
        expect(sum).toBe(snapshot.node.cpu.oncpuNs / 1e9);
      }),
      { numRuns: 200 },
    );
  });
});
