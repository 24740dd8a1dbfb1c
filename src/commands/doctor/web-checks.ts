import { type Check, fail, ok, warn } from './check.ts';
import type { Host } from './host.ts';

const WEEK_MS = 7 * 86_400_000;

/** Checks the web configuration file, if there is one. */
export function webChecks({ config }: Host): readonly Check[] {
  const { webConfigFile } = config;
  return webConfigFile === undefined ? [] : [webConfig(webConfigFile)];
}

function webConfig(path: string): Check {
  return {
    name: 'web config',
    run: async (host) => {
      const { readWebConfig } = await import('../../api/http/web-config/web-config.ts');
      try {
        const { tls, expiresMs = 0, passwords } = readWebConfig(host.at(path));
        const count = passwords?.size ?? 0;
        const users = `${count} ${count === 1 ? 'user' : 'users'}`;
        if (!tls) return ok(`${path}: http, ${users}`);
        const state = `${path}: https until ${new Date(expiresMs).toISOString().slice(0, 10)}, ${users}`;
        if (expiresMs - Date.now() > WEEK_MS) return ok(state);
        return warn(state, 'renew the certificate; Vigia re-reads it automatically');
      } catch (err) {
        const problems = (err instanceof Error ? err.message : String(err)).split('\n');
        return fail(problems.join('; '), 'correct the file; `vigia run` does not start with it');
      }
    },
  };
}
