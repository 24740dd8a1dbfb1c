import { absolutePath, hostPatterns, oneOf, type Setting } from './values.ts';

/** Settings of the HTTP server: access, and what it exposes. */
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
    help:
      'File with TLS, users with passwords, and the request rate of the HTTP server, in the ' +
      "format of Prometheus' exporters (web.config.file). The daemon's user must be able to " +
      'read it. It is re-read when it or a certificate changes. /healthz and /readyz need ' +
      'neither a password nor a client certificate.',
    expected: 'an absolute path, such as /etc/vigia/web.yaml',
    parse: absolutePath,
  },
  auth: {
    name: 'auth',
    fallback: 'off',
    help:
      'Who can read the metrics and the landing page. off: everyone. kubernetes: holders of ' +
      'a bearer token whose account may get the non-resource URL, such as /metrics. The ' +
      'Kubernetes API decides, and each decision is reused for 10 s. Requests without such ' +
      'a decision are refused while the API is unreachable. /healthz and /readyz need no ' +
      'token.',
    expected: 'off or kubernetes',
    parse: oneOf(['off', 'kubernetes']),
  },
  allowedHosts: {
    name: 'allowed-hosts',
    fallbackNote: 'none',
    help:
      'Public host names under which browsers can open the landing page. Addresses, names ' +
      'without a dot, the node name, and names below .local, .internal and .svc always ' +
      'work.',
    expected: 'comma-separated host names, such as vigia.example.com,*.nodes.example.com',
    parse: hostPatterns,
  },
  miningMetrics: {
    name: 'mining-metrics',
    fallback: 'on',
    help:
      'Whether /metrics and the landing page show mining scores and evidence, which a miner ' +
      'could use to stay below the thresholds. When off, `vigia findings`, the log and the ' +
      'gRPC socket still report them. The shipped mining alerts and dashboard then stay ' +
      'empty, because they need vigia_pod_mining_score.',
    expected: 'on or off',
    parse: oneOf(['on', 'off']),
  },
};
