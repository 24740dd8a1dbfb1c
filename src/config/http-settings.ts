import { absolutePath, hostPatterns, oneOf, type Setting } from './values.ts';

/** Who may ask the HTTP server, and what it tells. */
export interface HttpConfig {
  readonly webConfigFile?: string;
  readonly auth: 'off' | 'kubernetes';
  readonly allowedHosts?: readonly string[];
  readonly miningMetrics: 'on' | 'off';
}

export const httpSettings: {
  readonly [Key in keyof Required<HttpConfig>]: Setting<Required<HttpConfig>[Key]>;
} = {
  webConfigFile: {
    name: 'web-config-file',
    fallbackNote: 'none',
    help: "TLS, users with passwords, and the request rate of the HTTP server: a file in the format of Prometheus' exporters (web.config.file). The daemon's user must be able to read it. Read again when it or a certificate changes. /healthz and /readyz need neither a password nor a client certificate.",
    wants: 'an absolute path, such as /etc/vigia/web.yaml',
    parse: absolutePath,
  },
  auth: {
    name: 'auth',
    fallback: 'off',
    help: 'Who may read metrics and the page: everyone, or (kubernetes) holders of a token whose account may get the non-resource URL, such as /metrics. The Kubernetes API decides, and its answer holds for 10 s; nobody is served while it cannot be asked. /healthz and /readyz need no token.',
    wants: 'off or kubernetes',
    parse: oneOf(['off', 'kubernetes']),
  },
  allowedHosts: {
    name: 'allowed-hosts',
    fallbackNote: 'none',
    help: 'Public host names under which browsers may open the page. Addresses, names without a dot, the node name, and names below .local, .internal and .svc always work.',
    wants: 'host names apart by commas, such as vigia.example.com,*.nodes.example.com',
    parse: hostPatterns,
  },
  miningMetrics: {
    name: 'mining-metrics',
    fallback: 'on',
    help: 'Whether /metrics and the page show mining scores and evidence, which a miner could use to stay below the thresholds. When off, findings, the log and the gRPC socket still have them; the shipped mining alerts and dashboard have nothing to show, because they need vigia_pod_mining_score.',
    wants: 'on or off',
    parse: oneOf(['on', 'off']),
  },
};
