import { DNS_OUTCOMES, type DnsUsage } from '../../core/usage/usage.ts';
import type { Family, FamilyGroup, SampleSink } from '../family.ts';
import { DNS_QUERIES, DNS_WAIT } from '../measures.ts';
import { hasPackets } from '../scrape.ts';
import { joinLabels, labelText } from '../text/label-text.ts';

/** Label text for each of DNS_OUTCOMES. */
export function outcomeLabelsOf(labels: string): string[] {
  return DNS_OUTCOMES.map((outcome) => joinLabels(labels, labelText({ outcome })));
}

/** Whether it ever sent a query. All outcomes then start at zero, so that rate() sees the first of each. */
export function hasQueries({ queries }: DnsUsage): boolean {
  return queries.some((count) => count > 0);
}

/** Writes one sample per outcome. */
export function writeQueries(
  sink: SampleSink,
  dns: DnsUsage,
  outcomeLabels: readonly string[],
  createdSeconds: number,
): void {
  for (let i = 0; i < outcomeLabels.length; i++)
    sink.sample(outcomeLabels[i] ?? '', dns.queries[i] ?? 0, createdSeconds);
}

const families: readonly Family[] = [
  {
    name: `vigia_pod_${DNS_QUERIES.stem}`,
    help: `${DNS_QUERIES.what} on sockets of the pod, by outcome. Includes loopback. Exported from the pod's first query on. ${DNS_QUERIES.note}`,
    type: 'counter',
    labelNames: ['namespace', 'pod', 'outcome'],
    isShown: hasPackets,
    write: ({ pods }, sink) => {
      for (const { usage, outcomeLabels } of pods) {
        const { dns } = usage.usage;
        if (hasQueries(dns)) writeQueries(sink, dns, outcomeLabels, usage.createdSeconds);
      }
    },
  },
  {
    name: `vigia_pod_${DNS_WAIT.stem}`,
    help: `${DNS_WAIT.what} on sockets of the pod. ${DNS_WAIT.note} Exported from the pod's first query on.`,
    type: 'counter',
    labelNames: ['namespace', 'pod'],
    isShown: hasPackets,
    write: ({ pods }, sink) => {
      for (const { labels, usage } of pods) {
        const { dns } = usage.usage;
        if (hasQueries(dns)) sink.sample(labels, DNS_WAIT.of(dns), usage.createdSeconds);
      }
    },
  },
];

export const dnsFamilies: FamilyGroup = {
  title: 'DNS, by pod',
  note: 'Unencrypted queries to port 53, over UDP and TCP. Encrypted queries (DoT, DoH) are not visible, and neither are lookups that a resolver answers from its cache or sends on its own socket. DNS names never become labels. A single waiting time has the resolution of a kernel tick (1 to 10 ms); the mean of many is far more exact.',
  families,
};
