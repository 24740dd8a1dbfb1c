import { escaped } from '../../core/text/safe-text.ts';

/** Probes have no credentials, use any host name, and come from an address that others may share. */
export const HEALTH_PATHS: readonly string[] = ['/healthz', '/readyz'];

/** One condition of health. */
export interface HealthCheck {
  readonly name: string;
  readonly ok: boolean;
  /** It works, but with limitations. */
  readonly isDegraded?: boolean;
  /** The reason for a failure, or details. */
  readonly detail?: string;
}

export interface HealthAnswer {
  readonly status: 200 | 503;
  readonly text: string;
}

/** The format of Kubernetes components: one word, or with `?verbose` one line per check. */
export function answerHealth(
  endpoint: string,
  checks: readonly HealthCheck[],
  verbose: boolean,
): HealthAnswer {
  const failed = checks.filter(({ ok }) => !ok);
  const status = failed.length === 0 ? 200 : 503;
  if (status === 200 && !verbose) return { status, text: 'ok\n' };
  const lines = (verbose ? checks : failed).map((check) => {
    const { name, detail } = check;
    return `${wordFor(check, name)}${detail ? `: ${escaped(detail)}` : ''}`;
  });
  lines.push(`${endpoint} check ${status === 200 ? 'passed' : 'failed'}`);
  return { status, text: `${lines.join('\n')}\n` };
}

function wordFor({ ok, isDegraded }: HealthCheck, name: string): string {
  if (!ok) return `[-]${name} failed`;
  return isDegraded ? `[!]${name} degraded` : `[+]${name} ok`;
}
