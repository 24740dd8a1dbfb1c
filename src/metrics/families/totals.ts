import type { Usage } from '../../core/usage/usage.ts';
import type { Family, FamilyGroup } from '../family.ts';
import {
  CPU_MEASURES,
  DNS_QUERIES,
  DNS_WAIT,
  PAYLOAD_MEASURES,
  TCP_MEASURES,
  TRAFFIC_MEASURES,
  TRAFFIC_NOTE,
} from '../measures.ts';
import { hasPackets, type Scrape } from '../scrape.ts';
import { outcomeLabelsOf, writeQueries } from './dns.ts';
import { protocolLabelsOf, writeTraffic } from './traffic.ts';

interface Total {
  readonly labels: string;
  readonly protocolLabels: readonly string[];
  readonly outcomeLabels: readonly string[];
  readonly usage: Usage;
  readonly createdSeconds: number;
}

interface Scope {
  readonly prefix: string;
  /** Completes what is measured: "CPU time used" + "on the whole node". */
  readonly where: string;
  /** A sentence for HELP, after all others. */
  readonly scopeNote: string;
  readonly labelNames: readonly string[];
  readonly totals: (scrape: Scrape) => Iterable<Total>;
}

const NODE_PROTOCOLS = protocolLabelsOf('');
const NODE_OUTCOMES = outcomeLabelsOf('');

const node: Scope = {
  prefix: 'vigia_node',
  where: 'on the whole node',
  scopeNote: 'Sum of pods, unattributed and ended.',
  labelNames: [],
  totals: ({ snapshot }) => [single(snapshot.node, snapshot.startedSeconds)],
};

const unattributed: Scope = {
  prefix: 'vigia_unattributed',
  where: 'outside any pod',
  scopeNote: 'Covers the root cgroup, slices, unnamed cgroups and late events.',
  labelNames: [],
  totals: ({ snapshot }) => [single(snapshot.unattributed, snapshot.startedSeconds)],
};

const ended: Scope = {
  prefix: 'vigia_namespace_ended',
  where: 'in pods and containers that ended and are no longer exported',
  scopeNote: 'Namespace "" holds unnamed pods, and pods that ended while no daemon ran.',
  labelNames: ['namespace'],
  totals: (scrape) => scrape.ended,
};

function single(usage: Usage, createdSeconds: number): Total {
  return {
    labels: '',
    protocolLabels: NODE_PROTOCOLS,
    outcomeLabels: NODE_OUTCOMES,
    usage,
    createdSeconds,
  };
}

function familiesOf(scope: Scope): Family[] {
  return [...cpuOf(scope), ...networkOf(scope), ...tcpOf(scope), ...dnsOf(scope)];
}

function cpuOf({ prefix, where, scopeNote, labelNames, totals }: Scope): Family[] {
  return CPU_MEASURES.map(({ stem, what, note, of }) => ({
    name: `${prefix}_${stem}`,
    help: `${what} ${where}. ${note} ${scopeNote}`,
    type: 'counter',
    labelNames,
    write: (scrape, sink) => {
      for (const { labels, usage, createdSeconds } of totals(scrape)) {
        sink.sample(labels, of(usage.cpu), createdSeconds);
      }
    },
  }));
}

function networkOf({ prefix, where, scopeNote, labelNames, totals }: Scope): Family[] {
  return TRAFFIC_MEASURES.map(({ stem, what, direction, of }) => ({
    name: `${prefix}_network_${stem}`,
    help: `${what} ${where}. ${TRAFFIC_NOTE} ${scopeNote}`,
    type: 'counter',
    labelNames: [...labelNames, 'protocol'],
    isShown: hasPackets,
    write: (scrape, sink) => {
      for (const { usage, protocolLabels, createdSeconds } of totals(scrape)) {
        const traffic = usage.network[direction];
        writeTraffic(sink, { traffic, of, protocolLabels, createdSeconds });
      }
    },
  }));
}

function tcpOf({ prefix, where, scopeNote, labelNames, totals }: Scope): Family[] {
  return [...TCP_MEASURES, ...PAYLOAD_MEASURES].map(({ stem, what, note, of, isShown }) => ({
    name: `${prefix}_${stem}`,
    help: `${what} ${where}. ${note} ${scopeNote}`,
    type: 'counter',
    labelNames,
    ...(isShown && { isShown }),
    write: (scrape, sink) => {
      for (const { labels, usage, createdSeconds } of totals(scrape)) {
        sink.sample(labels, of(usage.tcp), createdSeconds);
      }
    },
  }));
}

function dnsOf({ prefix, where, scopeNote, labelNames, totals }: Scope): Family[] {
  return [
    {
      name: `${prefix}_${DNS_QUERIES.stem}`,
      help: `${DNS_QUERIES.what} ${where}, by outcome. ${DNS_QUERIES.note} ${scopeNote}`,
      type: 'counter',
      labelNames: [...labelNames, 'outcome'],
      isShown: hasPackets,
      write: (scrape, sink) => {
        for (const { usage, outcomeLabels, createdSeconds } of totals(scrape)) {
          writeQueries(sink, usage.dns, outcomeLabels, createdSeconds);
        }
      },
    },
    {
      name: `${prefix}_${DNS_WAIT.stem}`,
      help: `${DNS_WAIT.what} ${where}. ${DNS_WAIT.note} ${scopeNote}`,
      type: 'counter',
      labelNames,
      isShown: hasPackets,
      write: (scrape, sink) => {
        for (const { labels, usage, createdSeconds } of totals(scrape)) {
          sink.sample(labels, DNS_WAIT.of(usage.dns), createdSeconds);
        }
      },
    },
  ];
}

const loopback = TRAFFIC_MEASURES.map(
  ({ stem, what, direction, of }): Family => ({
    name: `vigia_node_loopback_${stem}`,
    help: `${what} on loopback devices, by all cgroups together. Not included in any other metric.`,
    type: 'counter',
    labelNames: ['protocol'],
    isShown: hasPackets,
    write: ({ snapshot }, sink) => {
      const traffic = snapshot.loopback[direction];
      const createdSeconds = snapshot.startedSeconds;
      writeTraffic(sink, { traffic, of, protocolLabels: NODE_PROTOCOLS, createdSeconds });
    },
  }),
);

const waitLatency: Family = {
  name: 'vigia_node_cpu_wait_latency_seconds',
  help: 'Distribution of the time that tasks on this node waited for a CPU. Includes throttling.',
  type: 'histogram',
  labelNames: [],
  write: ({ snapshot }, sink) => {
    const { waitHistogram, waitNs } = snapshot.node.cpu;
    sink.histogram('', waitHistogram, waitNs / 1e9, snapshot.startedSeconds);
  },
};

export const totalFamilies: readonly FamilyGroup[] = [
  {
    title: 'Totals of the node',
    note: 'For each counter, containers (or pods) + unattributed + ended = node.',
    families: [...familiesOf(node), waitLatency, ...loopback],
  },
  {
    title: 'Unattributed',
    note: 'Usage that belongs to no pod.',
    families: familiesOf(unattributed),
  },
  {
    title: 'Ended, by namespace',
    note: 'The counters of a pod move here when its retention time is over. The daemon keeps the split by namespace in memory: after a restart, everything that ended before is under namespace "".',
    families: familiesOf(ended),
  },
];
