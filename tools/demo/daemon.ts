import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';

const VIGIA = join(import.meta.dirname, '../../bin/vigia');
const USUAL_PORT = 9770;

export interface Daemon extends AsyncDisposable {
  readonly url: string;
}

/** Starts `vigia run` and waits until it serves. Stopped at disposal; the loaded programs stay. */
export async function startDaemon(flags: readonly string[]): Promise<Daemon> {
  const port = (await isFree(USUAL_PORT)) ? USUAL_PORT : 0;
  const listen = `--listen=127.0.0.1:${port}`;
  const { child, ended } = vigia(['run', '--log-level=info', listen, ...flags]);
  const dispose = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  const served = (async () => {
    let log = '';
    for await (const text of child.stdout.setEncoding('utf8')) {
      log += text;
      const [, url] = /see (http:\S+)\/metrics/.exec(log) ?? [];
      if (url !== undefined) return url;
    }
    throw new Error(`vigia run does not serve: ${(await ended).stderr}${log}`);
  })();
  const url = await served;
  child.stdout.resume(); // otherwise it waits for a reader
  return { url, [Symbol.asyncDispose]: dispose };
}

/** Output of a command that queries the daemon: `connections` or `findings`. */
export async function answerOf(command: string, socket: string): Promise<string> {
  const { child, ended } = vigia([command, `--socket=${socket}`]);
  let answer = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text));
  const { code, stderr } = await ended;
  if (code !== 0) throw new Error(`vigia ${command}: ${stderr}`);
  return answer;
}

export async function unload(bpffs: string): Promise<void> {
  const { code, stderr } = await vigia(['unload', `--bpffs=${bpffs}`]).ended;
  if (code !== 0) throw new Error(`vigia unload: ${stderr}`);
}

function vigia(args: readonly string[]) {
  const child = spawn(VIGIA, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  if (args[0] === 'unload') child.stdout.resume();
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stderr }));
  return { child, ended };
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
