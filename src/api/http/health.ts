import { escaped } from '../../core/text/safe-text.ts';

/** Probes have no credentials, call us by any name, and come from an address that others share. */
export const HEALTH_PATHS: readonly string[] = ['/healthz', '/readyz'];

/** One reason to be, or not to be, healthy. */
export interface HealthCheck {
  readonly name: string;
  readonly ok: boolean;
  /** It works, but not as it should. */
  readonly isDegraded?: boolean;
  /** Why not, or how well. */
  readonly detail?: string;
}

export interface HealthAnswer {
  readonly status: 200 | 503;
  readonly text: string;
}

/** Answers as Kubernetes components do: one word, or one line a check for `?verbose`. */
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
