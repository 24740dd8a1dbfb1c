import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Alertmanager,
  exampleRoutes,
  type Message,
  type Receivers,
  startAlertmanager,
  startReceivers,
} from '../../lab/monitoring/alertmanager.ts';
import { startPrometheus } from '../../lab/monitoring/prometheus.ts';
import { fastRules } from '../../lab/monitoring/rules.ts';
import { ROOT, TOOLS } from '../../lab/process/checkout.ts';
import { runInside, until } from '../../lab/process/process.ts';
import { type Daemon, startDaemon } from '../../lab/scene/daemon.ts';
import { openScene, type Scene } from '../../lab/scene/scene.ts';

const EXAMPLE = join(ROOT, 'deploy/examples/alertmanager.yaml');
const PROMOTE: readonly [RegExp, string] = [/alertname!~"none"/, 'alertname!~"VigiaPodMining"'];

const stack = new AsyncDisposableStack();
let scene: Scene;
let daemon: Daemon;
let receivers: Receivers;
let alertmanager: Alertmanager;
let cgroup: string;
let disguise: string;

beforeAll(async () => {
  disguise = mkdtempSync(join(tmpdir(), 'vigia-test-'));
  stack.defer(() => rmSync(disguise, { recursive: true }));
  scene = stack.use(await openScene({ mining: ['exec'] }));
  daemon = await startDaemon(scene.options, ['--node-name=n1']);
  stack.defer(async () => void (await daemon.end('SIGKILL')));
  receivers = stack.use(await startReceivers());
  alertmanager = stack.use(await startAlertmanager(config()));
  stack.use(
    await startPrometheus(daemon.url, { rules: fastRules(), alertmanager: alertmanager.url }),
  );
  cgroup = scene.makeCgroup('miner');
});

afterAll(() => stack.disposeAsync());

test('Alertmanager accepts the example', () => {
  const output = execFileSync(join(TOOLS, 'amtool'), ['check-config', EXAMPLE], {
    encoding: 'utf8',
  });
  expect(output).toContain('SUCCESS');
});

test('an alert on trial reaches only the quiet receiver, with its evidence', async () => {
  // Has a miner's name and arguments, but does nothing.
  copyFileSync('/bin/true', join(disguise, 'xmrig'));
  await runInside(cgroup, [join(disguise, 'xmrig'), '-o', 'stratum+tcp://pool.example:3333']);
  const { labels, annotations } = await until('the alert', () => mined('quiet', 'firing')[0]);
  expect(labels).toEqual({
    alertname: 'VigiaPodMining',
    severity: 'warning',
    vigia_stage: 'trial',
    node: 'n1',
    namespace: basename(scene.cgroup),
    pod: 'miner',
    workload: 'miner',
  });
  expect(annotations).toEqual({
    summary: 'A pod is probably mining cryptocurrency.',
    description: expect.stringMatching(
      /^\S+\/miner on n1 has a mining score of \d+ of 100\. Evidence:.* argv .*known_name/,
    ),
    runbook_url: 'docs/runbooks/VigiaPodMining.md',
  });
  expect(new Set(receivers.messages().map(({ receiver }) => receiver))).toEqual(new Set(['quiet']));
});

test('promoted by one value, it goes to the receiver of its severity', async () => {
  await alertmanager.configure(config(PROMOTE));
  await until('the alert', () => mined('team', 'firing')[0]);
  expect(mined('on-call')).toEqual([]);
});

test('evidence of another kind makes it critical: it pages, and hides the warning', async () => {
  await runInside(cgroup, ['/bin/sh', '-c', 'true modprobe msr allow_writes=on']);
  await until('the page', () => mined('on-call', 'firing')[0]);
  expect(mined('on-call').map(({ labels }) => labels['severity'])).toEqual(['critical']);
  const warning = await until('the warning to be hidden', async () =>
    (await alertmanager.alerts()).find(
      ({ labels, status }) => labels['severity'] === 'warning' && status.inhibitedBy.length > 0,
    ),
  );
  expect(warning.labels['alertname']).toBe('VigiaPodMining');
});

test('an ended alert is sent as resolved', async () => {
  const { host } = new URL(daemon.url);
  const mayMine = `--may-mine=${basename(scene.cgroup)}/miner`;
  await daemon.end('SIGKILL');
  daemon = await startDaemon(scene.options, ['--node-name=n1', `--listen=${host}`, mayMine]);
  await until('it to be resolved', () => mined('on-call', 'resolved')[0]);
});

test('for an unreachable daemon, no other alert is sent', async () => {
  const about = { vigia_stage: 'live', severity: 'warning', cluster: 'eu' };
  const stale = { ...about, alertname: 'VigiaSnapshotStale' };
  await alertmanager.fire([
    { ...about, alertname: 'VigiaTargetMissing', instance: 'n8' },
    { ...stale, instance: 'n8' },
    { ...stale, instance: 'n9' },
  ]);
  await until(
    'both',
    () => alertsTo('team', 'VigiaSnapshotStale', 'VigiaTargetMissing').length === 2,
  );
  expect(alertsTo('team', 'VigiaSnapshotStale').map(({ labels }) => labels['instance'])).toEqual([
    'n9',
  ]);
});

test('pods of a namespace with the same problem are one message; another stage is not a trial', async () => {
  const about = { alertname: 'VigiaTCPRetransmitStorm', severity: 'warning', namespace: 'shop' };
  await alertmanager.fire(
    ['a', 'b', 'c'].map((pod) => ({ ...about, vigia_stage: 'live', node: 'n1', pod })),
  );
  const message = await until('the message', () =>
    receivers.messages().find(({ alerts }) => alerts[0]?.labels['alertname'] === about.alertname),
  );
  expect(message.receiver).toBe('team');
  expect(message.alerts.map(({ labels }) => labels['pod']).sort()).toEqual(['a', 'b', 'c']);
});

/** The example with shorter intervals, plus changes. */
function config(...changes: readonly (readonly [RegExp, string])[]): string {
  return changes.reduce(
    (text, [pattern, by]) => text.replace(pattern, by),
    exampleRoutes(receivers),
  );
}

function alertsTo(receiver: string, ...names: readonly string[]): Message['alerts'] {
  return receivers
    .messages()
    .filter((message) => message.receiver === receiver)
    .flatMap(({ alerts }) => alerts)
    .filter(({ labels }) => names.includes(labels['alertname'] ?? ''));
}

function mined(receiver: string, status?: string): Message['alerts'] {
  return alertsTo(receiver, 'VigiaPodMining').filter(
    (alert) => status === undefined || alert.status === status,
  );
}
