import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../lab/network/free-port.ts';
import { startInside } from '../../lab/process/process.ts';
import { emptyCgroup } from '../../lab/scene/scene.ts';
import type { Scenario } from './scenario.ts';

const SECONDS = 25;
const NOBODY = '65534';

interface DatabaseScenario extends Scenario {
  readonly needs: readonly string[];
}

/** Run only if installed. Their packages start services, so tools/setup/setup.sh does not install them. */
export const databaseScenarios: readonly DatabaseScenario[] = [
  database('Redis with redis-benchmark', ['redis-server', 'redis-benchmark'], redis),
  database('PostgreSQL with pgbench', ['pgbench', '/usr/lib/postgresql'], postgres),
];

/** Runs as nobody, with its data in a temporary directory. */
function database(
  what: string,
  needs: readonly string[],
  script: (directory: string, port: number) => string,
): DatabaseScenario {
  return {
    family: 'databases under load',
    what,
    expected: 'nothing',
    seconds: SECONDS,
    needs,
    begin: async (cgroup) => {
      await using stack = new AsyncDisposableStack();
      const directory = mkdtempSync(join(tmpdir(), 'vigia-bench-'));
      chownSync(directory, Number(NOBODY), Number(NOBODY));
      stack.defer(() => rmSync(directory, { recursive: true, force: true }));
      stack.defer(() => emptyCgroup(cgroup));
      const unprivileged = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
      const shell = ['sh', '-c', `cd ${directory} && ${script(directory, await freePort())}`];
      stack.use(await startInside(cgroup, [...unprivileged, ...shell]));
      return stack.move();
    },
  };
}

function redis(directory: string, port: number): string {
  const server = `redis-server --port ${port} --bind 127.0.0.1 --dir ${directory} --save ''`;
  const load = `redis-benchmark -p ${port} -c 20 -P 4 -n 1000000 -t set,get,lpush,zadd -q`;
  return `{ ${server} & sleep 1; while true; do ${load}; done; } >/dev/null 2>&1`;
}

function postgres(directory: string, port: number): string {
  const [version = ''] = readdirSync('/usr/lib/postgresql').sort().reverse();
  const bin = `/usr/lib/postgresql/${version}/bin`;
  const data = join(directory, 'data');
  const at = `-h 127.0.0.1 -p ${port}`;
  return `{ ${[
    `${bin}/initdb --no-sync -A trust -U bench -D ${data}`,
    `${bin}/pg_ctl -w -D ${data} -l ${data}/log -o "-k ${directory} ${at}" start`,
    `${bin}/pgbench -i -s 2 ${at} -U bench postgres`,
    `${bin}/pgbench -c 4 -T 3600 ${at} -U bench postgres`,
  ].join(' && ')}; } >/dev/null 2>&1`;
}
