import { DNS_OUTCOMES, type DnsUsage } from '../../core/usage/usage.ts';
import type { Family, FamilyGroup, Sink } from '../family.ts';
import { DNS_QUERIES, DNS_WAIT } from '../measures.ts';
import { hasPackets } from '../scrape.ts';
import { joinLabels, labelText } from '../text/label-text.ts';

/** Label text for each of DNS_OUTCOMES. */
export function outcomeLabelsOf(labels: string): string[] {
  return DNS_OUTCOMES.map((outcome) => joinLabels(labels, labelText({ outcome })));
}

/** Whether it ever asked: then it has the series of all outcomes, so that rate() sees the first. */
export function hasAsked({ queries }: DnsUsage): boolean {
  return queries.some((count) => count > 0);
}

/** A sample an outcome. */
export function writeQueries(
  sink: Sink,
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
    help: `${DNS_QUERIES.what}, asked on sockets of the pod, loopback included; from the pod's first query on.`,
    type: 'counter',
    labelNames: ['namespace', 'pod', 'outcome'],
    isShown: hasPackets,
    write: ({ pods }, sink) => {
      for (const { usage, outcomeLabels } of pods) {
        const { dns } = usage.usage;
        if (hasAsked(dns)) writeQueries(sink, dns, outcomeLabels, usage.createdSeconds);
      }
    },
  },
  {
    name: `vigia_pod_${DNS_WAIT.stem}`,
    help: `${DNS_WAIT.what}, on sockets of the pod; from the pod's first query on.`,
    type: 'counter',
    labelNames: ['namespace', 'pod'],
    isShown: hasPackets,
    write: ({ pods }, sink) => {
      for (const { labels, usage } of pods) {
        const { dns } = usage.usage;
        if (hasAsked(dns)) sink.sample(labels, DNS_WAIT.of(dns), usage.createdSeconds);
      }
    },
  },
];

export const dnsFamilies: FamilyGroup = {
  title: 'DNS, by pod',
  note: "Queries to port 53, UDP and TCP, in the clear: what is encrypted (DoT, DoH) or asked through a resolver's own socket or cache is not seen. No name is ever a label. Single waits are exact to a tick of the kernel (1 to 10 ms), means of many far better.",
  families,
};
