import { expect } from 'vitest';
import { parseAnswer } from '../../src/core/dns/message.ts';
import { IPPROTO, OPENERS } from '../../src/core/flow-reading.ts';
import type { FlowRow } from '../../src/kernel/wire.gen.ts';
import type { Observed } from './observed.ts';
import { FAMILIES, PING, type Rule } from './rule.ts';

/** The flows of one protocol of the two cgroups that talk. */
function ends(observed: Observed, family: number, protocol: number): [FlowRow[], FlowRow[]] {
  const flowsOf = (cgroup: string) =>
    observed.flows(`${cgroup}${family}`).filter(({ key }) => key.protocol === protocol);
  return [flowsOf('west'), flowsOf('east')];
}

/** Addresses are told by their last octet, in both families. */
function flowsAreTracked(observed: Observed): void {
  for (const { family } of FAMILIES) {
    const [west, east] = ends(observed, family, IPPROTO.tcp);
    const { bytes } = observed.transfer(`tcp${family}`);
    const told = (flows: readonly FlowRow[]) =>
      flows.map(({ key, local, counts: { established, ended, figures } }) => ({
        ends: [local.at(-1), key.peer.at(-1)],
        opener: OPENERS[key.opener],
        connections: [established, ended],
        bytes: [figures.sent.bytes, figures.received.bytes],
      }));
    const connections = [1, 1];
    expect(told(west)).toEqual([
      { ends: [1, 2], opener: 'outbound', connections, bytes: [bytes, 0] },
    ]);
    expect(told(east)).toEqual([
      { ends: [2, 1], opener: 'inbound', connections, bytes: [0, bytes] },
    ]);
    expect(west[0]?.key.port).toBe(east[0]?.key.port);
  }
}

const BYTES_HELD = { held: 700, older: 500 };

/** What connections that are held send: told while they are open, and as much when they ended. */
function openConnectionsAreTold(observed: Observed, which: keyof typeof BYTES_HELD): void {
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
    const told = (flows: readonly FlowRow[]) =>
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
    expect(told(west)).toEqual([
      { ends: [1, 2], opener: 'outbound', port: 7000, sent: moved, received: none },
    ]);
    expect(told(east)).toEqual([
      { ends: [2, 1], opener: 'inbound', port: 7000, sent: none, received: moved },
    ]);
    const [pings] = ends(observed, family, family === 4 ? 1 : 58);
    const each = { segments: PING.packets };
    expect(told(pings)).toMatchObject([{ ends: [1, 2], port: 0, sent: each, received: each }]);
  }
}

/** An address, no such name, no answer; whoever answers has asked nothing. */
function dnsIsSeen(observed: Observed): void {
  for (const { family } of FAMILIES) {
    expect(observed.row(`asks${family}`).dns.queries).toEqual([1, 1, 0, 1]);
    expect(observed.row(`answers${family}`).dns.queries).toEqual([0, 0, 0, 0]);
    const told = observed
      .answers(`asks${family}`)
      .map(({ message, messageBytes }) => parseAnswer(message.subarray(0, messageBytes)));
    expect(told).toEqual([{ name: 'a', addresses: ['192.0.2.1'] }]);
  }
}

/** Of connections, datagrams and DNS. */
export const flowRules: readonly Rule[] = [
  { sentence: 'flows tell peer, opener and bytes', holds: flowsAreTracked },
  {
    sentence: 'a connection that is open is told, and nothing of it is lost when it ends',
    holds: (observed) => openConnectionsAreTold(observed, 'held'),
  },
  {
    sentence: 'a connection that is older than the load is counted from then on',
    holds: (observed) => openConnectionsAreTold(observed, 'older'),
  },
  { sentence: 'no ended connection is told as open', holds: endedAreGone },
  { sentence: 'datagrams have flows too, to the byte', holds: datagramsHaveFlows },
  { sentence: 'DNS queries are told by how they ended', holds: dnsIsSeen },
];
