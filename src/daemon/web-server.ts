import { accessBy, type TokenReview } from '../api/http/access/access.ts';
import { landingPage } from '../api/http/landing.ts';
import {
  type HttpReception,
  type HttpServer,
  type HttpView,
  startHttp,
} from '../api/http/server.ts';
import type { WebConfig } from '../api/http/web-config/web-config.ts';
import type { Config } from '../config/config.ts';
import { version } from '../config/version.ts';
import type { HttpCounts } from '../core/self/http-counts.ts';
import type { Log } from '../log.ts';
import { contentType, type Exposition } from '../metrics/exposition.ts';
import { clusterChecks } from './cluster-checks.ts';
import { errorReporter } from './error-reporter.ts';
import type { Monitor } from './monitor.ts';
import type { Source } from './source.ts';
import { WebConfigFile } from './web-config-file.ts';

export interface Served {
  readonly config: Config;
  readonly log: Log;
  readonly monitor: Monitor;
  readonly exposition: Exposition;
  readonly source: Source;
  readonly tokens: TokenReview | undefined;
  readonly counts: HttpCounts;
}

/** Starts the HTTP server, with the access rules of the configuration. */
export async function openHttp(served: Served): Promise<HttpServer> {
  const { config, log, tokens, counts } = served;
  const { listen, webConfigFile, allowedHosts = [], nodeName } = config;
  await using stack = new AsyncDisposableStack();
  const file =
    webConfigFile === undefined
      ? undefined
      : stack.use(await WebConfigFile.open(webConfigFile, log));
  const onTokenError = errorReporter(log, 'token review failed');
  const receptionBy = (webConfig: WebConfig | undefined): HttpReception => {
    const { tls, rate, headers, clients, passwords } = webConfig ?? {};
    const access = accessBy({ clients, passwords, tokens, onError: onTokenError });
    return { tls, rate, headers, access };
  };
  const http = await startHttp(listen, viewOf(served), {
    onError: errorReporter(log),
    counts,
    reception: receptionBy(file?.current),
    hosts: [nodeName, ...allowedHosts],
  });
  stack.use(http);
  file?.watch((changed) => http.receive(receptionBy(changed)));
  const owned = stack.move();
  return { ...http, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function viewOf({ config, monitor, exposition, source }: Served): HttpView {
  const { nodeName, miningMetrics } = config;
  const { observed } = source;
  const hasMining = miningMetrics === 'on';
  return {
    scrape: {
      revision: () => monitor.revision,
      render: (format) => exposition.render(monitor.snapshot, format),
      contentType,
    },
    live: () => monitor.live(),
    ready: () => [...monitor.ready(), ...clusterChecks(source, Date.now())],
    landing: () =>
      landingPage({ version, nodeName, observed, hasMining, snapshot: monitor.snapshot }),
  };
}
