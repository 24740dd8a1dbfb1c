import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOOLS } from '../process/checkout.ts';
import { endWithTests } from '../process/children.ts';
import { inNetwork, until } from '../process/process.ts';

/** Location and address of a tool. */
export interface ToolPlace {
  readonly netns: string;
  readonly address: string;
}

/** Prometheus or Alertmanager on a free port. At disposal it is removed with its directory. */
export interface MonitoringTool extends AsyncDisposable {
  /** Without a trailing slash. */
  readonly url: string;
  readonly log: () => string;
  readonly get: <T>(path: string, parameters?: Readonly<Record<string, string>>) => Promise<T>;
  /** Reloads its configuration. Throws if it is invalid. */
  readonly reload: () => Promise<void>;
}

/** Starts a tool in a directory of its own, with the files from `flagsIn`; by default on loopback. */
export async function startTool(
  name: 'prometheus' | 'alertmanager',
  flagsIn: (directory: string) => Promise<readonly string[]>,
  place?: ToolPlace,
): Promise<MonitoringTool> {
  const directory = await mkdtemp(join(tmpdir(), `vigia-${name}-`));
  const listen = `--web.listen-address=${place?.address ?? '127.0.0.1'}:0`;
  const flags = [...(await flagsIn(directory)), listen];
  const command = inNetwork(place?.netns, join(TOOLS, name), flags);
  const stdio = ['ignore', 'ignore', 'pipe'] as const;
  const child = endWithTests(spawn(...command, { stdio: [...stdio] }));
  const ended = once(child, 'exit');
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const dispose = async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const url = await until(`${name} to be ready`, async () => {
      if (child.exitCode !== null) throw new Error(log);
      const address = /msg="Listening on" address=(\S+)/.exec(log)?.[1];
      return address && (await isReady(`http://${address}`)) ? `http://${address}` : undefined;
    });
    return toolAt(url, () => log, dispose);
  } catch (error) {
    await dispose();
    throw error;
  }
}

function toolAt(url: string, log: () => string, dispose: () => Promise<void>): MonitoringTool {
  return {
    url,
    log,
    get: async <T>(path: string, parameters: Readonly<Record<string, string>> = {}) => {
      const answer = await fetch(`${url}${path}?${new URLSearchParams(parameters)}`);
      return (await answer.json()) as T;
    },
    reload: async () => {
      const answer = await fetch(`${url}/-/reload`, { method: 'POST' });
      if (!answer.ok) throw new Error(await answer.text());
    },
    [Symbol.asyncDispose]: dispose,
  };
}

async function isReady(url: string): Promise<boolean> {
  return await fetch(`${url}/-/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
}
