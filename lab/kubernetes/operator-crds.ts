import { until } from '../process/process.ts';
import type { KubeApiServer } from './kube-api-server.ts';

/** An OpenAPI schema. */
type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const list = (items: Schema): Schema => ({ type: 'array', items });
const map = (additionalProperties: Schema): Schema => ({ type: 'object', additionalProperties });

/** Strict: the API server refuses unknown fields. */
function tree(properties: Readonly<Record<string, Schema>>, ...required: string[]): Schema {
  return { type: 'object', properties, ...(required.length > 0 && { required }) };
}

const relabeling = tree({
  sourceLabels: list(text),
  targetLabel: text,
  regex: text,
  replacement: text,
  action: {
    ...text,
    enum: ['replace', 'keep', 'drop', 'labeldrop', 'labelkeep', 'labelmap'],
  },
});

/** A key of a Secret. */
const secretKey = tree({ name: text, key: text, optional: flag }, 'key');
const secretOrConfigMap = tree({ secret: secretKey, configMap: secretKey });

const tlsConfig = tree({
  ca: secretOrConfigMap,
  cert: secretOrConfigMap,
  keySecret: secretKey,
  serverName: text,
  insecureSkipVerify: flag,
});

const endpoint = tree({
  port: text,
  path: text,
  scheme: { ...text, enum: ['http', 'https'] },
  authorization: tree({ type: text, credentials: secretKey }),
  basicAuth: tree({ username: secretKey, password: secretKey }),
  tlsConfig,
  honorLabels: flag,
  interval: { ...text, pattern: '^[0-9]+(ms|s|m|h)$' },
  scrapeTimeout: { ...text, pattern: '^[0-9]+(ms|s|m|h)$' },
  relabelings: list(relabeling),
  metricRelabelings: list(relabeling),
});

const selection = {
  jobLabel: text,
  selector: tree({ matchLabels: map(text) }),
  namespaceSelector: tree({ matchNames: list(text) }),
};

const rule = tree(
  {
    record: text,
    alert: text,
    expr: text,
    for: text,
    keep_firing_for: text,
    labels: map(text),
    annotations: map(text),
  },
  'expr',
);

/** The parts of the Prometheus Operator's API that a chart may use. */
const SPECS: Readonly<Record<string, Schema>> = {
  PodMonitor: tree(
    { ...selection, podMetricsEndpoints: list(endpoint) },
    'selector',
    'podMetricsEndpoints',
  ),
  ServiceMonitor: tree({ ...selection, endpoints: list(endpoint) }, 'selector', 'endpoints'),
  PrometheusRule: tree({
    groups: list(tree({ name: text, interval: text, rules: list(rule) }, 'name')),
  }),
};

export const OPERATOR_GROUP = 'monitoring.coreos.com';

/** Defines them, and waits until they are served. */
export async function installOperatorCrds({ request }: KubeApiServer): Promise<void> {
  for (const [kind, spec] of Object.entries(SPECS)) {
    const singular = kind.toLowerCase();
    const plural = `${singular}s`;
    const schema = { openAPIV3Schema: { type: 'object', properties: { spec } } };
    await request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: `${plural}.${OPERATOR_GROUP}` },
      spec: {
        group: OPERATOR_GROUP,
        scope: 'Namespaced',
        names: { kind, singular, plural },
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    });
    const path = `/apis/${OPERATOR_GROUP}/v1/${plural}`;
    const isServed = () =>
      request('GET', path).then(
        () => true,
        () => false,
      );
    await until(`${plural} to be served`, isServed);
  }
}
