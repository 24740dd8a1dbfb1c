import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { ROOT } from '../process/checkout.ts';

export const RULES: string = join(ROOT, 'deploy/rules');

interface InFile {
  readonly file: string;
  readonly expr: string;
}

export interface Alert extends InFile {
  readonly alert: string;
  readonly for: string;
  readonly keep_firing_for?: string;
  readonly labels: { readonly severity: string; readonly vigia_stage: string };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
}

export interface Recording extends InFile {
  readonly record: string;
}

export type Rule = Alert | Recording;

interface RuleGroup {
  readonly name: string;
  readonly rules: readonly Rule[];
}

/** One test of a file for `promtool test rules`. */
export interface RuleTest {
  readonly file: string;
  /** Expected state of an alert, by time. */
  readonly alertTests: (alert: string) => readonly AlertTest[];
  /** Expressions with expected results. */
  readonly queries: readonly string[];
}

export interface AlertTest {
  readonly minute: number;
  /** Severities of the firing alerts. */
  readonly severities: readonly string[];
}

interface Story {
  readonly alert_rule_test?: readonly {
    readonly eval_time: string;
    readonly alertname: string;
    readonly exp_alerts: readonly { readonly exp_labels: { readonly severity: string } }[];
  }[];
  readonly promql_expr_test?: readonly { readonly expr: string }[];
}

/** The rule files of deploy/rules, by name. */
function ruleFiles(): string[] {
  return yamlFiles(RULES);
}

/** Uses seconds instead of minutes. The conditions stay the same. */
const FASTER: readonly (readonly [RegExp, string])[] = [
  [/\b(for|keep_firing_for): \d+m/g, '$1: 1s'],
  [/\[15m:1m\]/g, '[15s:1s]'],
];

/** Texts of the rule files, for a Prometheus that evaluates each second. */
export function fastRules(): string[] {
  return ruleFiles().map((file) =>
    FASTER.reduce((text, [pattern, by]) => text.replace(pattern, by), readFileSync(file, 'utf8')),
  );
}

function readGroups(file: string): readonly RuleGroup[] {
  return (load(readFileSync(file, 'utf8')) as { readonly groups: readonly RuleGroup[] }).groups;
}

/** All rules of deploy/rules. */
export function readRules(): Rule[] {
  return ruleFiles().flatMap((file) =>
    readGroups(file).flatMap(({ rules }) => rules.map((rule) => ({ ...rule, file }))),
  );
}

export function readRuleTests(): RuleTest[] {
  return yamlFiles(join(RULES, 'tests')).flatMap((file) => {
    const { tests } = load(readFileSync(file, 'utf8')) as { readonly tests: readonly Story[] };
    return tests.map((story) => ({
      file,
      alertTests: (alert: string) => alertTestsOf(story, alert),
      queries: (story.promql_expr_test ?? []).map(({ expr }) => expr),
    }));
  });
}

function alertTestsOf({ alert_rule_test = [] }: Story, name: string): AlertTest[] {
  return alert_rule_test
    .filter(({ alertname }) => alertname === name)
    .map(({ eval_time, exp_alerts }) => ({
      minute: Number.parseInt(eval_time, 10),
      severities: exp_alerts.map(({ exp_labels }) => exp_labels.severity),
    }))
    .sort((a, b) => a.minute - b.minute);
}

function yamlFiles(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => join(directory, name));
}
