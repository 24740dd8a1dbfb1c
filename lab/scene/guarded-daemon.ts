import { render } from '../kubernetes/helm.ts';
import { type KubeApiServer, startKubeApiServer } from '../kubernetes/kube-api-server.ts';
import { type Account, makeAccount } from '../kubernetes/kube-objects.ts';
import { type Answered, fetchHttp } from '../network/http-client.ts';
import { openRelay, type Relay } from '../network/relay.ts';
import { type Daemon, replayDaemon } from './daemon.ts';
import { writeTape } from './written-tape.ts';

/** A daemon that checks clients with a real API server, using the chart's permissions. */
export interface GuardedDaemon extends AsyncDisposable {
  readonly api: KubeApiServer;
  /** The connection from the daemon to the API server. */
  readonly relay: Relay;
  readonly daemon: Daemon;
  /** Has the permissions of the chart's ClusterRole for scrapers. */
  readonly scraper: Account;
  readonly request: (token?: string, path?: string) => Promise<Answered>;
  readonly statusOf: (token?: string, path?: string) => Promise<number>;
}

/** Accounts take turns, so that none exceeds its rate. */
const ACCOUNTS = 50;

export async function openGuardedDaemon(): Promise<GuardedDaemon> {
  await using stack = new AsyncDisposableStack();
  const api = stack.use(await startKubeApiServer());
  const relay = stack.use(await openRelay(api.port));
  const tape = stack.use(await writeTape(3));
  const objects = await render('--set=settings.auth=kubernetes,settings.kubernetes=off');
  const roles = objects.filter(({ kind }) => kind === 'ClusterRole');
  const rulesOf = (name: string) => roles.find(({ metadata }) => metadata.name === name)?.['rules'];
  const agent = await makeAccount(api, rulesOf('vigia'));
  const scraper = await makeAccount(api, rulesOf('vigia-scraper'));
  const kubeconfig = api.kubeconfig(await agent.token(), relay.port);
  const flags = ['--auth=kubernetes', `--kubeconfig=${kubeconfig}`];
  const daemon = stack.use(await replayDaemon(tape.directory, flags));
  let requests = 0;
  const request: GuardedDaemon['request'] = async (token, path = '/metrics') => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    requests++;
    return await fetchHttp(daemon.url, path, {
      headers,
      from: `127.0.0.${10 + (requests % ACCOUNTS)}`,
    });
  };
  const owned = stack.move();
  return {
    ...{ api, relay, daemon, scraper, request },
    statusOf: async (token, path) => (await request(token, path)).status,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
