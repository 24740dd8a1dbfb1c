import { jsonText } from '../../core/text/safe-text.ts';
import type { Invocation } from '../command.ts';
import { apiChecks } from './api-checks.ts';
import { cgroupChecks } from './cgroup-checks.ts';
import type { Check, CheckResult, CheckVerdict } from './check.ts';
import { Host } from './host.ts';
import { kernelChecks } from './kernel-checks.ts';
import { loadChecks } from './load-checks.ts';
import { webChecks } from './web-checks.ts';

export interface Diagnosis extends CheckResult {
  readonly check: string;
}

const checks: readonly Check[] = [...kernelChecks, ...cgroupChecks, ...loadChecks];

const SHOWN: Readonly<Record<CheckVerdict, string>> = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' };

/** Prints one line per check. Exits with 1 if any of them fails. */
export async function run({ config, options, print }: Invocation<'doctor'>): Promise<number> {
  const diagnoses = await examine(new Host(config));
  if (options.output === 'json') print(jsonText(diagnoses, 2));
  else for (const diagnosis of diagnoses) print(line(diagnosis));
  return canWork(diagnoses) ? 0 : 1;
}

export async function examine(host: Host): Promise<Diagnosis[]> {
  const diagnoses: Diagnosis[] = [];
  for (const check of [...checks, ...webChecks(host), ...apiChecks(host)])
    diagnoses.push({ check: check.name, ...(await runCheck(check, host)) });
  return diagnoses;
}

export function canWork(diagnoses: readonly Diagnosis[]): boolean {
  return diagnoses.every(({ verdict }) => verdict !== 'fail');
}

/** An exception in a check is a warning, because it says nothing about the host. */
async function runCheck(check: Check, host: Host): Promise<CheckResult> {
  try {
    return await check.run(host);
  } catch (err) {
    const message = `could not check: ${err instanceof Error ? err.message : String(err)}`;
    return {
      verdict: 'warn',
      message: message.replaceAll('\n', ' '),
      remedy: 'report this as a bug',
    };
  }
}

function line({ check, verdict, message, remedy }: Diagnosis): string {
  return `${SHOWN[verdict]}  ${check.padEnd(16)}  ${message}${remedy ? ` → ${remedy}` : ''}`;
}
