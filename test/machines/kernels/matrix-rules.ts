import { expect } from 'vitest';
import { CLUE_KIND } from '../../../src/core/reading/clue.ts';
import { textOf } from '../../../src/core/text/latin-text.ts';
import { LOSSES, RESERVED_SLOTS, type Traffic } from '../../../src/kernel/tables/wire.gen.ts';
import { flowRules } from './flow-rules.ts';
import type { Observed } from './observed.ts';
import { FAMILIES, PING, type Rule } from './rule.ts';

const MS = 1e6;
const [TCP, UDP, OTHER] = [0, 1, 2];
/** A TCP header with timestamps. The SYN has 8 more bytes of options (RFC 9293, 7323). */
const TCP_HEADER_BYTES = 32;
const OPENING_OPTION_BYTES = 8;
const UDP_HEADER_BYTES = 8;

/**
 * Asserts that a figure is within 0.1 % of its expected value, or within one packet if that is
 * more.
 */
function agrees(counted: Traffic | undefined, bytes: number, packets: number): void {
  const slack = Math.max(bytes / 1000, 1500);
  expect(Math.abs((counted?.bytes ?? 0) - bytes)).toBeLessThanOrEqual(slack);
  expect(Math.abs((counted?.packets ?? 0) - packets)).toBeLessThanOrEqual(1 + packets / 1000);
}

function tcpIsCounted(observed: Observed): void {
  for (const { family, headerBytes } of FAMILIES) {
    const transfer = observed.transfer(`tcp${family}`);
    const { bytes, sent, segmentsReceived, bytesReceived, bytesSentAgain } = transfer;
    const header = headerBytes + TCP_HEADER_BYTES;
    const [west, east] = [observed.row(`west${family}`), observed.row(`east${family}`)];
    const onWire = bytes + bytesSentAgain + sent * header + OPENING_OPTION_BYTES;
    expect(bytesReceived).toBe(bytes);
    agrees(west.network.transmit[TCP], onWire, sent);
    agrees(east.network.receive[TCP], onWire, sent);
    const answers = segmentsReceived * header + OPENING_OPTION_BYTES;
    agrees(east.network.transmit[TCP], answers, segmentsReceived);
    agrees(west.network.receive[TCP], answers, segmentsReceived);
  }
}

function udpIsCounted(observed: Observed): void {
  for (const { family, headerBytes } of FAMILIES) {
    const { bytes, sent } = observed.transfer(`udp${family}`);
    const onWire = { bytes: bytes + sent * (headerBytes + UDP_HEADER_BYTES), packets: sent };
    expect(observed.row(`west${family}`).network.transmit[UDP]).toEqual(onWire);
    expect(observed.row(`east${family}`).network.receive[UDP]).toEqual(onWire);
  }
}

function otherIsCounted(observed: Observed): void {
  for (const { family, headerBytes } of FAMILIES) {
    const { transmit, receive } = observed.row(`west${family}`).network;
    const { packets, payloadBytes } = PING;
    const onWire = { packets, bytes: packets * (payloadBytes + headerBytes) };
    expect([transmit[OTHER], receive[OTHER]]).toEqual([onWire, onWire]);
  }
}

function loopbackIsApart(observed: Observed): void {
  const { bytes, bytesSentAgain, sent, segmentsReceived } = observed.transfer('loopback');
  const segments = sent + segmentsReceived;
  const headers = segments * (20 + TCP_HEADER_BYTES) + 2 * OPENING_OPTION_BYTES;
  const onWire = bytes + bytesSentAgain + headers;
  const { network } = observed.reserved(RESERVED_SLOTS.loopback, 'worked');
  agrees(network.transmit[TCP], onWire, segments);
  agrees(network.receive[TCP], onWire, segments);
  const none = [{ bytes: 0, packets: 0 }];
  expect(observed.row('loopback').network.transmit).toEqual([...none, ...none, ...none]);
}

function tcpLifeIsCounted(observed: Observed): void {
  for (const { family } of FAMILIES) {
    expect(observed.row(`west${family}`).tcp).toMatchObject({ connects: 1, connectFailures: 0 });
    expect(observed.row(`east${family}`).tcp).toMatchObject({ connects: 0, accepts: 1 });
    expect(observed.row(`refused${family}`).tcp).toMatchObject({ connectFailures: 1 });
  }
}

function roundingIsSeen(observed: Observed): void {
  const { preempted = [] } = observed.footprint('four') ?? {};
  const samples = preempted.reduce((sum, count) => sum + count, 0);
  expect(samples).toBeGreaterThanOrEqual(20);
  for (const count of preempted) expect(count / samples).toBeGreaterThan(0.1);
  const fast = observed.footprint('fast');
  expect(fast?.preempted[0]).toBeGreaterThanOrEqual(20);
  expect(fast?.preempted.slice(1)).toEqual([0, 0, 0]);
  expect(observed.footprint('interval')).toBeUndefined();
}

// All programs of the guest are in memory, which is reported too.
function mappingIsSeen(observed: Observed): void {
  const [dataset, cache] = ['dataset', 'cache'].map((cgroup) =>
    observed.clues(cgroup).filter(({ kind }) => kind === CLUE_KIND.mapping),
  );
  expect(dataset?.map(({ command }) => textOf(command))).toEqual(['memory']);
  expect(cache).toEqual([]);
}

function cpuIsExact(observed: Observed): void {
  const [rested, burned] = observed.stats('burner');
  const before = observed.row('burner', 'rested').cpu.oncpuNs;
  const usedNs = observed.row('burner', 'burned').cpu.oncpuNs - before;
  const statNs = (burned?.usageNs ?? 0) - (rested?.usageNs ?? 0);
  expect(usedNs).toBeGreaterThanOrEqual(1000 * MS);
  expect(Math.abs(usedNs - statNs)).toBeLessThanOrEqual(MS);
}

function runningSliceIsCounted(observed: Observed): void {
  const [before, after] = observed.stats('busy');
  const readNs = observed.row('busy', 'busy').cpu.oncpuNs;
  expect(readNs).toBeGreaterThanOrEqual((before?.usageNs ?? 0) - 20 * MS);
  expect(readNs).toBeLessThanOrEqual((after?.usageNs ?? 0) + 20 * MS);
  expect(observed.row('busy').cpu.oncpuNs).toBeGreaterThan(readNs);
}

const BARRAGE = { datagrams: 10_000, bytes: 10 };

function barrageIsCounted(observed: Observed): void {
  const segments = Number(observed.text('barrage')) * BARRAGE.datagrams;
  const sent = { segments, bytes: segments * BARRAGE.bytes };
  const flows = observed.flows('barrage').map(({ counts }) => counts.figures.sent);
  expect(flows).toContainEqual(sent);
}

// The kernel's run_delay includes time after the quota is used up. cpu.stat separates it.
function waitingHoldsThrottling(observed: Observed): void {
  const { throttledNs } = observed.stat('throttled');
  expect(throttledNs).toBeGreaterThan(500 * MS);
  expect(observed.row('throttled').cpu.waitNs).toBeGreaterThan(throttledNs / 2);
}

function shortLifeIsKept(observed: Observed): void {
  const brief = observed.row('brief');
  expect(brief.diedNs).toBeGreaterThan(brief.bornNs);
  expect(brief.cpu.oncpuNs).toBeGreaterThanOrEqual(50 * MS);
}

function deadAreRetired(observed: Observed): void {
  const brief = observed.row('brief');
  const left = observed.usage('reaped').map(({ cgroupId }) => cgroupId);
  expect(left).not.toContain(brief.cgroupId);
  const retired = observed.reserved(RESERVED_SLOTS.retired, 'reaped');
  expect(retired.cpu.oncpuNs).toBeGreaterThanOrEqual(brief.cpu.oncpuNs);
}

// A CPU's first slice began before the programs were loaded. It is known to be lost.
function nothingIsLost(observed: Observed): void {
  const nodes = observed.nodes();
  const lost = LOSSES.map(({ table, reason }, loss) => ({
    what: `${table}: ${reason}`,
    times: nodes.reduce((sum, node) => sum + (node.lost[loss] ?? 0), 0),
  })).filter(({ what, times }) => times > (what === 'cpu: misread' ? nodes.length : 0));
  expect(lost).toEqual([]);
}

function readerHasNoPrivilege(observed: Observed): void {
  expect(observed.text('unprivileged_bpf_disabled')).toBe('2');
  expect(observed.reader()).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m);
  expect(observed.reader()).toMatch(/^CapEff:\t0{16}$/m);
  expect(observed.reader()).toMatch(/^NoNewPrivs:\t1$/m);
}

function unloadLeavesNothing(observed: Observed): void {
  expect(Number.parseInt(observed.text('loaded'), 10)).toBeGreaterThan(0);
  expect(observed.words('left')).toEqual([]);
}

export const rules: readonly Rule[] = [
  { sentence: 'the reader is uid 65534 without any privilege', holds: readerHasNoPrivilege },
  { sentence: 'CPU time equals cpu.stat', holds: cpuIsExact },
  {
    sentence: 'a task that is still running is charged when it is read',
    holds: runningSliceIsCounted,
  },
  { sentence: 'waiting time contains throttling', holds: waitingHoldsThrottling },
  { sentence: 'TCP is counted as on the wire, super-packets included', holds: tcpIsCounted },
  { sentence: 'UDP is counted to the byte', holds: udpIsCounted },
  { sentence: 'other protocols are counted to the byte', holds: otherIsCounted },
  { sentence: 'loopback is kept apart', holds: loopbackIsApart },
  { sentence: 'senders that preempt each other lose nothing', holds: barrageIsCounted },
  { sentence: 'TCP connections are counted where they belong', holds: tcpLifeIsCounted },
  ...flowRules,
  { sentence: 'threads that round as RandomX does are told', holds: roundingIsSeen },
  { sentence: 'memory for a dataset is told once', holds: mappingIsSeen },
  { sentence: 'a cgroup of a short life keeps its path and figures', holds: shortLifeIsKept },
  { sentence: 'a dead row that was seen is retired', holds: deadAreRetired },
  { sentence: 'nothing is lost', holds: nothingIsLost },
  { sentence: 'unloading leaves nothing', holds: unloadLeavesNothing },
];
