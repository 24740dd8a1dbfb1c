import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT } from '../process/checkout.ts';
import { startTool, type ToolPlace } from './monitoring-tool.ts';
import type { Labels } from './samples.ts';

/** The body of an Alertmanager notification: a group of alerts. */
export interface Message {
  /** The last part of the URL that received it. */
  readonly receiver: string;
  readonly alerts: readonly {
    readonly status: 'firing' | 'resolved';
    readonly labels: Labels;
    readonly annotations: Labels;
  }[];
}

/** Records everything that is posted to it. */
export interface Receivers extends AsyncDisposable {
  readonly url: string;
  /** All messages so far, oldest first. */
  readonly messages: () => readonly Message[];
}

export interface AlertState {
  readonly labels: Labels;
  readonly status: { readonly state: string; readonly inhibitedBy: readonly string[] };
}

/** A real Alertmanager. At disposal it is removed with its data. */
export interface Alertmanager extends AsyncDisposable {
  readonly url: string;
  readonly configure: (config: string) => Promise<void>;
  /** Sends it firing alerts. */
  readonly fire: (alerts: readonly Labels[]) => Promise<void>;
  readonly alerts: () => Promise<readonly AlertState[]>;
}

const EXAMPLE = join(ROOT, 'deploy/examples/alertmanager.yaml');

/** The shipped example with these receivers, and seconds instead of minutes. */
export function exampleRoutes({ url }: Receivers): string {
  return readFileSync(EXAMPLE, 'utf8')
    .replaceAll('http://receiver.example', url)
    .replace(/\b(group_\w+): \d+\w/g, '$1: 1s');
}

export async function startReceivers(address = '127.0.0.1'): Promise<Receivers> {
  const messages: Message[] = [];
  const server = createServer(async (request, response) => {
    const { alerts } = JSON.parse(await text(request)) as Pick<Message, 'alerts'>;
    messages.push({ receiver: request.url?.split('/').at(-1) ?? '', alerts });
    response.end();
  }).listen(0, address);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${address}:${port}`,
    messages: () => messages,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

export async function startAlertmanager(config: string, place?: ToolPlace): Promise<Alertmanager> {
  let path = '';
  const flagsIn = async (directory: string) => {
    path = join(directory, 'alertmanager.yml');
    await writeFile(path, config);
    const storage = `--storage.path=${join(directory, 'data')}`;
    return [`--config.file=${path}`, storage, '--cluster.listen-address='];
  };
  const tool = await startTool('alertmanager', flagsIn, place);
  return {
    url: tool.url,
    configure: async (changed) => {
      await writeFile(path, changed);
      await tool.reload();
    },
    fire: async (alerts) => {
      const answer = await fetch(`${tool.url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(alerts.map((labels) => ({ labels }))),
      });
      if (!answer.ok) throw new Error(await answer.text());
    },
    alerts: () => tool.get('/api/v2/alerts'),
    [Symbol.asyncDispose]: () => tool[Symbol.asyncDispose](),
  };
}
