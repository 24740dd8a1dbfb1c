import { expect, test } from 'vitest';
import { findingSnapshot } from '../../api/grpc/finding-snapshot.fixture.ts';
import type { FindingSnapshot } from '../../api/grpc/view.ts';
import type { Options } from '../../config/config.ts';
import { evidence, finding, findings } from '../../core/mining/findings.fixture.ts';
import type { Size } from '../list/sink.ts';
import { listing } from './listing.ts';

type ListOptions = Pick<Options, 'findingOutput' | 'watch'>;

/** The output for these snapshots; notes are in angle brackets. */
function shown(
  options: Partial<ListOptions>,
  snapshots: readonly FindingSnapshot[] = [findingSnapshot],
  size?: Size,
): string {
  const written: string[] = [];
  const show = listing(
    { findingOutput: 'text', watch: false, ...options },
    {
      write: (text) => written.push(text),
      note: (text) => written.push(`<${text}>`),
      size: () => size,
    },
  );
  for (const snapshot of snapshots) show(snapshot);
  return written.join('');
}

const only = (...those: FindingSnapshot['findings']): FindingSnapshot => ({
  ...findingSnapshot,
  findings: those,
});

test('a story shows the pod, verdict, start, process, evidence and next steps', () => {
  expect(shown({}, [only(finding())])).toBe(`\
shop/web-0   MINING, score 100 of 100
  since  2025-12-31 23:47:26 UTC, 12m34s ago; last evidence 2s ago
  where  process 4711 (xmrig), container app, node n1
  +90    switches floating-point rounding modes as RandomX does; 1,234 samples, last one 2s ago
           flush-to-zero on; rounding modes: 30 nearest, 31 down, 29 up, 33 toward zero, in 57.0 s
           of CPU time
  +40    uses the domain name of a mining pool; 1 observation, 11m40s ago
           DNS query for pool.example (pool domain pool.example); peer 203.0.113.53, port 53
  next   kubectl -n shop describe pod web-0
         sudo ls -l /proc/4711/exe /proc/4711/cwd; ps -fp 4711
         sudo vigia connections --namespace=shop --pod=web-0
         to allow mining, start vigia run with VIGIA_MAY_MINE=shop/web
`);
});

test('a story fits its pod: a unit, a noted container, an allowed cgroup', () => {
  expect(shown({}, [only(...findings.slice(1))])).toBe(`\
system.slice/backup.service   SUSPICIOUS, score 70 of 100
  since  2025-12-31 23:47:26 UTC, 12m34s ago; last evidence 2s ago
  where  unknown process, node n1
  +20    uses the CPU at a steady rate with threads that almost never sleep; 7 observations, last
         one 2s ago
           threads that almost never sleep used 1.97 CPUs at a steady rate for 4 minutes
  next   systemctl status backup.service
         sudo vigia connections --namespace=system.slice --pod=backup.service
         to allow mining, start vigia run with VIGIA_MAY_MINE=system.slice/backup.service

docker/0123456789ab   noted, score 20 of 100
  since  2025-12-31 23:47:26 UTC, 12m34s ago; last evidence 2s ago
  where  unknown process, node n1
  +20    uses the CPU at a steady rate with threads that almost never sleep; 7 observations, last
         one 2s ago
           threads that almost never sleep used 1.97 CPUs at a steady rate for 4 minutes
  next   none yet: the score is too low to be suspicious

research/rig   allowed to mine
  since  2025-12-31 23:47:26 UTC, 12m34s ago; last evidence 2s ago
  where  unknown process, node n1
  +90    switches floating-point rounding modes as RandomX does; 1,099,511,627,776 samples, last one
         2s ago
           flush-to-zero on; rounding modes: 30 nearest, 31 down, 29 up, 33 toward zero, in 57.0 s
           of CPU time
  next   none: VIGIA_MAY_MINE allows this pod to mine
`);
});

test('evidence names its process and container if they differ from the first evidence', () => {
  const other = evidence({ pid: 5, command: 'sh', container: 'init', detail: 'writes an MSR' });
  expect(shown({}, [only(finding({ evidence: [evidence(), other] }))])).toContain(
    '           writes an MSR; process 5 (sh), container init\n',
  );
});

test('a pod without a name from the API server is looked up by its UID', () => {
  const unnamed = finding({ namespace: '', pod: '7f1d-0c3e', workload: '7f1d-0c3e' });
  const story = shown({}, [only(unnamed)]);
  expect(story).toMatch(/^7f1d-0c3e {3}MINING/);
  expect(story).toMatch(/kubectl get pods -A .* \| grep 7f1d-0c3e$/m);
  expect(story).toMatch(/VIGIA_MAY_MINE=\/7f1d-0c3e$/m);
});

test('text from a process is escaped, cut, and left out of commands to paste', () => {
  const hostile = finding({
    kind: 'unit',
    namespace: 'a;rm -rf $HOME',
    pod: "x'\u001b[2J",
    evidence: [
      evidence({ command: '\u001b]0;owned\u0007', detail: `\n${'ÿ'.repeat(3000)}`, container: '' }),
    ],
  });
  const story = shown({}, [only(hostile)]);
  expect(story).toContain("a;rm -rf $HOME/x'\\x1b[2J   MINING");
  expect(story).toContain('process 4711 (\\x1b]0;owned\\x07)');
  expect(story).not.toMatch(/[^\P{Cc}\n]/u);
  expect(story.length).toBeLessThan(1200);
  expect(story).not.toMatch(/systemctl|vigia connections|MAY_MINE/);
  const spaced = shown({}, [only(finding({ namespace: 'a;rm -rf $HOME', pod: "x'" }))]);
  expect(spaced).toContain(`kubectl -n 'a;rm -rf $HOME' describe pod 'x'\\'''\n`);
  expect(spaced).not.toContain('MAY_MINE');
});

test('tables have a line per pod; the wide one adds the process', () => {
  expect(shown({ findingOutput: 'table' })).toBe(`\
NAMESPACE      POD              VERDICT      SCORE   SIGNALS             AGE      LAST
shop           web-0            mining       100     randomx,pool_name   12m34s   2s
system.slice   backup.service   suspicious   70      tireless_cpu        12m34s   2s
docker         0123456789ab     noted        20      tireless_cpu        12m34s   2s
research       rig              allowed      0       randomx             12m34s   2s
`);
  expect(shown({ findingOutput: 'wide' }, [only(finding())])).toBe(`\
NAMESPACE   POD     VERDICT   SCORE   SIGNALS             AGE      LAST   WORKLOAD   CONTAINER   PID    COMMAND   DETAIL
shop        web-0   mining    100     randomx,pool_name   12m34s   2s     web        app         4711   xmrig     flush-to-zero on; rounding modes: 30 nearest, 31 down, 29 up, 3…
`);
});

test('JSON has every figure and no terminal escape sequences', () => {
  const hostile = finding({ evidence: [evidence({ command: '\u001b[2J' })] });
  const text = shown({ findingOutput: 'json' }, [only(hostile)]);
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify([hostile])));
  expect(text).not.toContain('\u001b');
  expect(shown({ findingOutput: 'json' }, [only()])).toBe('[]\n');
});

test('watching through a pipe shows only changes: a new pod, verdict or signal', () => {
  const suspicion = finding({ score: 60, verdict: 'suspicious', evidence: [evidence()] });
  const more = { ...suspicion, score: 65 };
  const text = shown({ findingOutput: 'table', watch: true }, [
    only(),
    only(suspicion),
    only(more),
    only({ ...more, verdict: 'mining' }),
    only(finding()),
    only(finding(), finding({ pod: 'new' })),
    only(),
    only(suspicion),
  ]);
  expect(text).toMatch(/^<No findings\.\n>NAMESPACE/);
  const rows = text.split('\n').filter((line) => line.startsWith('shop'));
  expect(rows.map((line) => line.split(/ +/).slice(1, 5).join(' '))).toEqual([
    'web-0 suspicious 60 randomx',
    'web-0 mining 65 randomx',
    'web-0 mining 100 randomx,pool_name',
    'new mining 100 randomx,pool_name',
    'web-0 suspicious 60 randomx',
  ]);
});

test('watching on a terminal clears the screen, and stories fit on it', () => {
  const clear = '\u001b[H\u001b[2J';
  const text = shown({ watch: true }, [findingSnapshot, only()], { rows: 24, columns: 60 });
  const [, first = '', second = ''] = text.split(clear);
  expect(first.split('\n').length).toBeLessThanOrEqual(24);
  expect(first).toMatch(/… and 3 more\n$/);
  for (const line of first.split('\n').filter((each) => /^ {2}(since|where|\+)|^ {11}/.test(each)))
    expect(line.length).toBeLessThanOrEqual(60);
  expect(second).toBe('<No findings.\n>');
  expect(
    shown({ watch: true }, [findingSnapshot], { rows: 5, columns: 60 }).split('\n').length,
  ).toBeLessThanOrEqual(6);
});
