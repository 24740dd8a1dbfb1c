/**
 * Fails if npm's registry reports a vulnerability of severity high or critical in a shipped
 * package. An unreachable registry also fails; with --or-say-so it is only reported.
 *
 *   node tools/audit.ts [--or-say-so]
 */
import { spawnSync } from 'node:child_process';
import { shippedTree } from './shipped-tree.ts';

const NPM_ARGS = [
  'audit',
  '--omit=dev',
  '--audit-level=high',
  '--json',
  // A developer may be waiting.
  '--fetch-retries=0',
  '--fetch-timeout=10000',
];
const LATE_MS = 30_000;
const SEVERE = new Set(['high', 'critical']);

interface Vulnerability {
  readonly name: string;
  readonly severity: string;
  readonly range: string;
  readonly via: readonly (string | { readonly title?: string; readonly url?: string })[];
}

/** npm's result, or the reason why there is none. */
interface Report {
  readonly auditReportVersion?: number;
  readonly vulnerabilities?: Readonly<Record<string, Vulnerability>>;
  readonly message?: string;
}

function main(args: readonly string[]): void {
  const report = audit();
  if (report.auditReportVersion === undefined) {
    reportUnreachable(report, args);
    return;
  }
  const severe = Object.values(report.vulnerabilities ?? {}).filter(({ severity }) =>
    SEVERE.has(severity),
  );
  if (severe.length === 0) return;
  console.error('Shipped packages have known vulnerabilities:');
  for (const each of severe) console.error(`  ${textOf(each)}`);
  console.error('See npm audit --omit=dev. Then update or remove the packages.');
  process.exitCode = 1;
}

function audit(): Report {
  using tree = shippedTree();
  const { stdout, stderr, error } = spawnSync('npm', NPM_ARGS, {
    cwd: tree.directory,
    encoding: 'utf8',
    timeout: LATE_MS,
    maxBuffer: 64 * 1024 ** 2,
  });
  if (error) return { message: error.message };
  try {
    return JSON.parse(stdout) as Report;
  } catch {
    return { message: stderr.trim() || 'npm printed nothing' };
  }
}

function reportUnreachable({ message = '' }: Report, args: readonly string[]): void {
  const why = message.split('\n')[0]?.slice(0, 200);
  console.error(`Known vulnerabilities were not checked: npm's registry did not respond (${why}).`);
  if (args.includes('--or-say-so')) console.error('Run "make audit" when it responds.');
  else process.exitCode = 1;
}

function textOf({ name, severity, range, via }: Vulnerability): string {
  const why = via.map((each) => (typeof each === 'string' ? `by ${each}` : titleOf(each)));
  return `${[`${severity}: ${name}`, range].join(' ').trim()}: ${why.join('; ')}`;
}

function titleOf({ title = 'no title', url = '' }: Exclude<Vulnerability['via'][number], string>) {
  return `${title} ${url}`.trim();
}

main(process.argv.slice(2));
