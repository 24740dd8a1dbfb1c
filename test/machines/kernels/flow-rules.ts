import { expect } from 'vitest';
import { parseAnswer } from '../../../src/core/dns/message.ts';
import { addressText } from '../../../src/core/flow/address.ts';
import { IPPROTO, OPENERS } from '../../../src/core/flow/flow-record.ts';
import type { FlowRow } from '../../../src/kernel/tables/wire.gen.ts';
import type { Observed } from './observed.ts';
import { FAMILIES, PING, type Rule } from './rule.ts';

/** The flows of one protocol of the two cgroups. */
function ends(observed: Observed, family: number, protocol: number): [FlowRow[], FlowRow[]] {
  const flowsOf = (cgroup: string) =>
    observed.flows(`${cgroup}${family}`).filter(({ key }) => key.protocol === protocol);
  return [flowsOf('west'), flowsOf('east')];
}

/** Addresses are identified by their last octet, in both families. */
function flowsAreTracked(observed: Observed): void {
  for (const { family } of FAMILIES) {
    const [west, east] = ends(observed, family, IPPROTO.tcp);
    const { bytes } = observed.transfer(`tcp${family}`);
    const reported = (flows: readonly FlowRow[]) =>
      flows.map(({ key, local, counts: { established, ended, figures } }) => ({
        ends: [local.at(-1), key.peer.at(-1)],
        opener: OPENERS[key.opener],
        connections: [established, ended],
        bytes: [figures.sent.bytes, figures.received.bytes],
      }));
    const connections = [1, 1];
    expect(reported(west)).toEqual([
      { ends: [1, 2], opener: 'outbound', connections, bytes: [bytes, 0] },
    ]);
    expect(reported(east)).toEqual([
      { ends: [2, 1], opener: 'inbound', connections, bytes: [0, bytes] },
    ]);
    expect(west[0]?.key.port).toBe(east[0]?.key.port);
  }
}

const BYTES_HELD = { held: 700, older: 500 };

/** Bytes of held connections: reported while they are open, and equal after their end. */
function openConnectionsAreReported(observed: Observed, which: keyof typeof BYTES_HELD): void {
  const bytes = BYTES_HELD[which];
  const [sent, received] = [
    { sent: { bytes }, received: { bytes: 0 } },
    { sent: { bytes: 0 }, received: { bytes } },
  ];
  for (const [end, opener, figures] of [
    ['west', 'outbound', sent],
    ['east', 'inbound', received],
  ] as const) {
    const [held, ...others] = observed.heldFlows(`${which}-${end}`, 'held');
    expect(others).toEqual([]);
    expect(OPENERS[held?.flow.key.opener ?? -1]).toBe(opener);
    expect(held?.flow.counts).toMatchObject({ established: 1, ended: 0 });
    expect(held?.flow.counts.figures).toMatchObject({ sent: { bytes: 0 }, received: { bytes: 0 } });
    expect(held?.open).toMatchObject([{ isEstablished: 1, figures }]);

    const [ended] = observed.heldFlows(`${which}-${end}`, 'worked');
    expect(ended?.flow.counts).toMatchObject({ established: 1, ended: 1, figures });
    expect(ended?.open).toEqual([]);
  }
}

function endedAreGone(observed: Observed): void {
  expect(observed.connections('worked')).toEqual([]);
}

function datagramsHaveFlows(observed: Observed): void {
  for (const { family } of FAMILIES) {
    const reported = (flows: readonly FlowRow[]) =>
      flows.map(({ key, local, counts: { figures } }) => ({
        ends: [local.at(-1), key.peer.at(-1)],
        opener: OPENERS[key.opener],
        port: key.port,
        sent: figures.sent,
        received: figures.received,
      }));
    const { bytes, sent } = observed.transfer(`udp${family}`);
    const [moved, none] = [
      { bytes, segments: sent },
      { bytes: 0, segments: 0 },
    ];
    const [west, east] = ends(observed, family, IPPROTO.udp);
    expect(reported(west)).toEqual([
      { ends: [1, 2], opener: 'outbound', port: 7000, sent: moved, received: none },
    ]);
    expect(reported(east)).toEqual([
      { ends: [2, 1], opener: 'inbound', port: 7000, sent: none, received: moved },
    ]);
    const [pings] = ends(observed, family, family === 4 ? 1 : 58);
    const each = { segments: PING.packets };
    expect(reported(pings)).toMatchObject([{ ends: [1, 2], port: 0, sent: each, received: each }]);
  }
}

/** Flows of one protocol, of a cgroup that dialed a Service and of the one behind it. */
function servedBy(observed: Observed, cgroup: string, protocol: 'tcp' | 'udp') {
  const reported = (name: string) =>
    observed
      .flows(name)
      .filter(({ key }) => key.protocol === IPPROTO[protocol])
      .map(({ key, reached, reachedPort, counts: { figures } }) => ({
        peer: [addressText(key.peer), key.port],
        reached: [addressText(reached), reachedPort],
        bytes: [figures.sent.bytes, figures.received.bytes],
      }));
  const { bytes } = observed.transfer(`${protocol}.${cgroup}`);
  return { bytes, dialling: reported(cgroup), behind: reported(`${cgroup}-behind`) };
}

const PODS = { 4: '10.7.0.2', 6: 'fd07::2' } as const;
const NOWHERE = ['', 0];

/** The dialed Service is the peer, and the reached pod is reported beside it. */
function iptablesServiceIsSeenThrough(observed: Observed): void {
  for (const { family } of FAMILIES)
    for (const protocol of ['tcp', 'udp'] as const) {
      const served = servedBy(observed, `iptables${family}`, protocol);
      const peer = [family === 4 ? '10.96.0.1' : 'fd96::1', 7000];
      const reached = [PODS[family], 7008];
      expect(served.dialling).toEqual([{ peer, reached, bytes: [served.bytes, 0] }]);
      expect(served.behind).toMatchObject([{ bytes: [0, served.bytes] }]);
    }
}

/**
 * IPVS forwards without the socket (ip_vs_nat_send_or_cont), so no cgroup hook sees it. TCP's own
 * counters know the Service. Datagrams to it are not seen.
 */
function ipvsServiceIsReported(observed: Observed): void {
  for (const { family } of FAMILIES) {
    const tcp = servedBy(observed, `ipvs${family}`, 'tcp');
    const peer = [family === 4 ? '10.96.0.2' : 'fd96::2', 7000];
    expect(tcp.dialling).toEqual([{ peer, reached: NOWHERE, bytes: [tcp.bytes, 0] }]);
    expect(tcp.behind).toMatchObject([{ bytes: [0, tcp.bytes] }]);
    const udp = servedBy(observed, `ipvs${family}`, 'udp');
    expect(udp.dialling).toEqual([]);
    expect(udp.behind).toMatchObject([{ bytes: [0, udp.bytes] }]);
  }
}

/** An address, an unknown name, and no answer. The responder has asked nothing. */
function dnsIsSeen(observed: Observed): void {
  for (const { family } of FAMILIES) {
    expect(observed.row(`asks${family}`).dns.queries).toEqual([1, 1, 0, 1]);
    expect(observed.row(`answers${family}`).dns.queries).toEqual([0, 0, 0, 0]);
    const answers = observed
      .answers(`asks${family}`)
      .map(({ message, messageBytes }) => parseAnswer(message.subarray(0, messageBytes)));
    expect(answers).toEqual([{ name: 'a', addresses: ['192.0.2.1'] }]);
  }
}

/** For connections, datagrams and DNS. */
export const flowRules: readonly Rule[] = [
  { sentence: 'flows tell peer, opener and bytes', holds: flowsAreTracked },
  {
    sentence: 'a connection that is open is told, and nothing of it is lost when it ends',
    holds: (observed) => openConnectionsAreReported(observed, 'held'),
  },
  {
    sentence: 'a connection that is older than the load is counted from then on',
    holds: (observed) => openConnectionsAreReported(observed, 'older'),
  },
  { sentence: 'no ended connection is told as open', holds: endedAreGone },
  { sentence: 'datagrams have flows too, to the byte', holds: datagramsHaveFlows },
  {
    sentence: 'a Service by iptables shows, dialled on the node, the pod behind it',
    holds: iptablesServiceIsSeenThrough,
  },
  {
    sentence: 'a Service by IPVS, dialled on the node, is a peer of TCP connections',
    holds: ipvsServiceIsReported,
  },
  { sentence: 'DNS queries are told by how they ended', holds: dnsIsSeen },
];
