import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { expect, test } from 'vitest';
import { find, render, renderChart, withFiles } from '../../lab/kubernetes/helm.ts';
import { ROOT, TOOLS } from '../../lab/process/checkout.ts';

const RULE_FILES = join(ROOT, 'deploy/rules');
const PROMTOOL = join(TOOLS, 'promtool');

const RULES = `groups:
  - name: vigia.test
    interval: 1m
    rules:
      - record: namespace:vigia:sum
        expr: sum by (namespace) (vigia_pod_mining_score)
      - alert: VigiaOne
        expr: vigia_pod_mining_score > 80
        for: 5m
        labels: { severity: warning, vigia_stage: trial }
        annotations:
          description: '{{ $labels.pod }} has a score of {{ $value }}.'
          runbook_url: docs/runbooks/VigiaOne.md
      - alert: VigiaTwo
        expr: vigia_pod_mining_score > 90
        labels: { severity: critical, vigia_stage: trial }
`;

/** The rules of a chart with only these values. */
async function rulesWith(...flags: readonly string[]): Promise<readonly Rule[]> {
  const sets = ['enabled=true', ...flags].map((flag) => `--set=prometheus.rules.${flag}`);
  return await withFiles({ 'rules/test.yaml': RULES }, async (chart) => {
    const { spec } = find(await renderChart(chart, ...sets), 'PrometheusRule');
    checkRules(spec);
    return spec.groups[0].rules;
  });
}

/** Throws promtool's errors for the spec of a PrometheusRule. */
function checkRules(spec: object): void {
  const directory = mkdtempSync(join(tmpdir(), 'vigia-rules-'));
  try {
    const path = join(directory, 'rules.yaml');
    writeFileSync(path, dump(spec));
    execFileSync(PROMTOOL, ['check', 'rules', path], { stdio: 'pipe' });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

interface Shipped {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const stages = (rules: readonly Rule[]) =>
  rules.flatMap(({ alert, labels }) => (alert ? `${alert} ${labels?.['vigia_stage']}` : []));

test('rules are the shipped ones by default', async () => {
  const shipped = load(RULES) as Shipped;
  expect(await rulesWith()).toEqual(
    shipped.groups[0]?.rules.map((rule) =>
      rule.alert ? { ...rule, labels: { ...rule.labels, vigia_stage: 'trial' } } : rule,
    ),
  );
});

test('alerts can be promoted all at once or one by one', async () => {
  expect(stages(await rulesWith('stage=live'))).toEqual(['VigiaOne live', 'VigiaTwo live']);
  expect(stages(await rulesWith('stages.VigiaTwo=live'))).toEqual([
    'VigiaOne trial',
    'VigiaTwo live',
  ]);
  await expect(rulesWith('stages.VigiaTwo=on')).rejects.toThrow("one of 'trial', 'live'");
});

test('values remove alerts, label them, and change their runbook URL', async () => {
  const flags = [
    'disabled={VigiaTwo}',
    'alertLabels.team=platform',
    'runbookUrl=https://r.example/',
  ];
  const alerts = (await rulesWith(...flags)).filter(({ alert }) => alert);
  expect(alerts).toHaveLength(1);
  expect(alerts[0]?.labels).toMatchObject({ team: 'platform', severity: 'warning' });
  expect(alerts[0]?.annotations).toEqual({
    description: '{{ $labels.pod }} has a score of {{ $value }}.',
    runbook_url: 'https://r.example/VigiaOne.md',
  });
});

test('the chart’s rules equal those of deploy/rules', async () => {
  const files = globSync('*.yaml', { cwd: RULE_FILES });
  const groupsOf = (file: string) =>
    (load(readFileSync(join(RULE_FILES, file), 'utf8')) as Shipped).groups;
  const namesIn = (groups: Shipped['groups']) =>
    groups.flatMap(({ name, rules }) =>
      rules.map(({ alert, record }) => `${name} ${alert ?? record}`),
    );

  const objects = await render('--set=prometheus.rules.enabled=true');
  const rendered = objects.filter(({ kind }) => kind === 'PrometheusRule');
  for (const { spec } of rendered) checkRules(spec);
  const shipped = rendered.flatMap(({ spec }) => namesIn(spec.groups));
  expect(shipped.sort()).toEqual(namesIn(files.flatMap(groupsOf)).sort());
});
