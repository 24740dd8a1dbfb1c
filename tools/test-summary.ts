/**
 * Prints the slowest files and "N passed, N failed[, N skipped]" from vitest's JSON report. A file that
 * fails to load counts as one failure. So does an exit status of vitest without a failed test.
 *
 *   node tools/test-summary.ts REPORT STATUS
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

interface Report {
  readonly testResults: readonly {
    readonly status: string;
    readonly name: string;
    /** Unix time, in milliseconds. */
    readonly startTime: number;
    readonly endTime: number;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

export interface Summary {
  readonly line: string;
  readonly isSuccess: boolean;
}

export function summarize(report: Report, exitStatus: number): Summary {
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const failures = tests.filter(({ status }) => status === 'failed').length;
  const skipped = tests.length - passed - failures;
  const unloaded = report.testResults.filter(
    (file) =>
      file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed'),
  ).length;
  const failed = Math.max(failures + unloaded, exitStatus === 0 ? 0 : 1);
  return {
    line: `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
    isSuccess: failed === 0 && passed > 0,
  };
}

/** The files that took longest, slowest first, as `12.3 s  test/x.test.ts`. */
export function slowestFiles(report: Report, root: string, most = 10): string[] {
  return report.testResults
    .map(({ name, startTime, endTime }) => ({ name, seconds: (endTime - startTime) / 1000 }))
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, most)
    .map(({ name, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${relative(root, name)}`);
}

function main([path, exitStatus]: readonly string[]): void {
  if (path === undefined || exitStatus === undefined) throw new Error('want REPORT STATUS');
  const report = readReport(path);
  const { line, isSuccess } = summarize(report, Number(exitStatus));
  const slowest = slowestFiles(report, process.cwd());
  process.stdout.write(`${['The slowest files:', ...slowest, '', line].join('\n')}\n`);
  process.exitCode = isSuccess ? 0 : 1;
}

/** Without a report, vitest ended early, and only its status is known. */
function readReport(path: string): Report {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Report;
  } catch {
    return { testResults: [] };
  }
}

if (import.meta.main) main(process.argv.slice(2));
