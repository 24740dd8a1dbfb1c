import { type Check, fail, ok, warn } from './check.ts';
import type { Host } from './host.ts';

const WEEK_MS = 7 * 86_400_000;

/** How the HTTP server receives its clients; where there is a file that says so. */
export function webChecks({ config }: Host): readonly Check[] {
  const { webConfigFile } = config;
  return webConfigFile === undefined ? [] : [webConfig(webConfigFile)];
}

function webConfig(path: string): Check {
  return {
    name: 'web config',
    look: async (host) => {
      const { readWebConfig } = await import('../../api/http/web-config/web-config.ts');
      try {
        const { tls, expiresMs = 0, passwords } = readWebConfig(host.at(path));
        const count = passwords?.size ?? 0;
        const users = `${count} ${count === 1 ? 'user' : 'users'}`;
        if (!tls) return ok(`${path}: http, ${users}`);
        const told = `${path}: https until ${new Date(expiresMs).toISOString().slice(0, 10)}, ${users}`;
        if (expiresMs - Date.now() > WEEK_MS) return ok(told);
        return warn(told, 'renew the certificate; it is read again by itself');
      } catch (err) {
        const problems = (err instanceof Error ? err.message : String(err)).split('\n');
        return fail(problems.join('; '), 'correct it; `vigia run` refuses to start with it');
      }
    },
  };
}
