import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { RULES, readRules, readRuleTests } from '../lab/monitoring/rules.ts';
import { ROOT, TOOLS } from '../lab/process/checkout.ts';
import { SIGNAL_NAMES } from '../src/core/mining/signal.ts';
import { metricNames } from '../tools/gen/metrics-docs.ts';

const PROMTOOL = join(TOOLS, 'promtool');
const RUNBOOKS = join(ROOT, 'docs/runbooks');
const RUNBOOK_LINES = 40;
const LATE_MS = 60_000;

const rules = readRules();
const alerts = rules.filter((rule) => 'alert' in rule);
const records = rules.filter((rule) => 'record' in rule);
const tests = readRuleTests();

/** Evidence that does not escalate alone: recording.yaml explains why. */
const TOO_COMMON = ['exec_place', 'tls_nameless'];

test.each([...new Set(tests.map(({ file }) => file))].map((file) => [basename(file), file]))(
  'promtool test rules: %s',
  async (_, file = '') => expect(await promtool('test', 'rules', file)).toContain('SUCCESS'),
  LATE_MS,
);

test('promtool reports no error', async () => {
  const files = [...new Set(rules.map(({ file }) => file))];
  const output = await promtool('check', 'rules', '--lint=all', '--lint-fatal', ...files);
  expect(output.match(/SUCCESS/g)).toHaveLength(files.length);
});

test('each alert is tested before it fires, while it fires, and after', () => {
  const lacking = alerts.filter(
    ({ alert, labels }) =>
      !tests.some(({ alertTests }) => comesAndGoes(alertTests(alert), labels.severity)),
  );
  expect(lacking.map(({ alert, labels }) => `${alert}, ${labels.severity}`)).toEqual([]);
});

test('each recording rule is tested', () => {
  const queried = new Set(tests.flatMap(({ queries }) => queries.flatMap(namesIn)));
  expect(records.map(({ record }) => record).filter((record) => !queried.has(record))).toEqual([]);
});

test('each name in a rule is a metric or a recording rule', async () => {
  const known = await knownNames();
  const texts = rules.flatMap((rule) => [
    rule.expr,
    ...('alert' in rule ? queriesIn(rule.annotations.description) : []),
  ]);
  expect(texts.length).toBeGreaterThan(rules.length);
  expect(texts.flatMap(namesIn).filter((name) => !known.has(name))).toEqual([]);
});

test('each alert has a severity, a description and a remedy, and starts as a trial', () => {
  for (const { alert, labels, annotations, ...rule } of alerts) {
    expect(labels, alert).toEqual({
      severity: expect.stringMatching(/^(info|warning|critical)$/),
      vigia_stage: 'trial',
    });
    expect(annotations, alert).toEqual({
      summary: expect.stringMatching(/^[A-Z].*\.$/),
      description: expect.stringMatching(/\{\{ ?\$labels|any Vigia/),
      runbook_url: `docs/runbooks/${alert}.md`,
    });
    expect(rule.for, alert).toMatch(/^\d+m$/);
  }
});

test('each alert has a runbook of at most one page, and there are no others', () => {
  const names = [...new Set(alerts.map(({ alert }) => alert))];
  expect(existsSync(RUNBOOKS) && readdirSync(RUNBOOKS).sort()).toEqual(
    names.map((name) => `${name}.md`).sort(),
  );
  for (const name of names) {
    const lines = readFileSync(join(RUNBOOKS, `${name}.md`), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines[0]).toBe(`# ${name}`);
    expect(lines.length, name).toBeLessThanOrEqual(RUNBOOK_LINES);
  }
});

test('the queries of runbooks are valid and use existing metrics', async () => {
  const queries = readdirSync(RUNBOOKS).flatMap((name) => {
    const blocks = readFileSync(join(RUNBOOKS, name), 'utf8').matchAll(/^```promql\n(.+?)^```/gms);
    return [...blocks].flatMap(([, block = '']) => block.trim().split('\n'));
  });
  expect(queries.length).toBeGreaterThan(30);
  const known = await knownNames();
  const stems = queries.flatMap(namesIn).map((name) => name.replace(/_bucket$/, ''));
  expect(stems.filter((name) => !known.has(name))).toEqual([]);
  const asRules = queries.map((expr, i) => ({ record: `runbook:${i}`, expr }));
  const file = join(mkdtempSync(join(tmpdir(), 'vigia-test-')), 'rules.yaml'); // JSON is YAML
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'runbooks', rules: asRules }] }));
  const output = await promtool('check', 'rules', file);
  rmSync(dirname(file), { recursive: true });
  expect(output).toContain(`SUCCESS: ${queries.length} rules found`);
});

test('the label cluster survives every aggregation and every join', () => {
  const losing = /\b(?:by|on) \((?!cluster\b)|\b(?:ignoring|by\(|on\()/;
  expect(rules.filter(({ expr }) => losing.test(expr)).map(({ expr }) => expr)).toEqual([]);
});

test('each mining signal is of one kind, or too common for agreement', () => {
  const { expr = '' } = records.find(({ record }) => record.endsWith('count_kinds')) ?? {};
  const kinds = [...expr.matchAll(/signal=~"([^"]+)"/g)].flatMap(([, names = '']) =>
    names.split('|'),
  );
  expect([...kinds, ...TOO_COMMON].sort()).toEqual([...SIGNAL_NAMES].sort());
});

async function knownNames(): Promise<ReadonlySet<string>> {
  return new Set([...(await metricNames()), ...records.map(({ record }) => record)]);
}

/** Whether one test has it silent, then firing, then silent again. */
function comesAndGoes(
  alertTests: ReturnType<(typeof tests)[number]['alertTests']>,
  severity: string,
): boolean {
  const fires = alertTests.map(({ severities }) => severities.includes(severity));
  const first = fires.indexOf(true);
  return first > 0 && fires.indexOf(false, first) > first;
}

/** Names of metrics and recording rules, except for Prometheus's own. */
function namesIn(promql: string): string[] {
  const withoutText = promql.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  return withoutText.match(/\b(?:\w+:)?(?:vigia|process|nodejs|kubecost)_\w+(?::\w+)?/g) ?? [];
}

/** The queries in a template. */
function queriesIn(template: string): string[] {
  return [...template.matchAll(/printf "([^"]*)" [^}]*\| query/g)].map(([, query = '']) => query);
}

async function promtool(...args: readonly string[]): Promise<string> {
  if (!existsSync(PROMTOOL))
    throw new Error(`${PROMTOOL} is missing: run tools/setup/setup.sh test`);
  const ended = promisify(execFile)(PROMTOOL, args, { cwd: RULES });
  const { stdout, stderr } = await ended.catch((err: { stdout: string; stderr: string }) => err);
  return stdout + stderr;
}
