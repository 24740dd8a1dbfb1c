import { addressText } from './address.ts';
import type { Flow, FlowEnd } from './flow.ts';
import { directionOf, type FlowRecord, type OpenConnection, protocolOf } from './flow-record.ts';
import { FlowSums } from './flow-sums.ts';
import { type FlowDraft, matchPeers, type PeerKnowledge } from './peer-matching.ts';

export interface FlowContext extends PeerKnowledge {
  /** Undefined if no pod owns the cgroup. */
  readonly ownerOf: (cgroupId: number) => FlowEnd | undefined;
  /** The name that a pod resolved to the address. */
  readonly nameOf: (owner: FlowEnd | undefined, address: string) => string | undefined;
  /** CLOCK_MONOTONIC at the time of the read. */
  readonly nowNs: number;
  /** Unix time of a moment on CLOCK_MONOTONIC. */
  readonly secondsOf: (monotonicNs: number) => number;
}

interface Place extends FlowEnd {
  readonly direction: Flow['direction'];
  readonly peerAddress: string;
  readonly port: number;
  readonly protocol: Flow['protocol'];
}

const NOBODY: FlowEnd = { namespace: '', pod: '', container: '' };
const NO_PLACE: Place = {
  ...NOBODY,
  direction: 'outbound',
  peerAddress: '',
  port: 0,
  protocol: undefined,
};

interface Sum {
  readonly place: Place;
  readonly sums: FlowSums;
}

/**
 * Builds flows from the rows of the kernel's table and the open connections. Rows with the same key
 * (nested cgroups, or an evicted row and its successor) are summed.
 */
export function flowsOf(
  records: Iterable<FlowRecord>,
  open: Iterable<OpenConnection>,
  context: FlowContext,
): Flow[] {
  const shown = new Map<string, Sum>();
  const bySlot = new Map<number, { readonly bornNs: number; readonly sums: FlowSums }>();
  for (const record of records) {
    const sums = sumsAt(shown, placeOf(record, context));
    sums.addRecord(record);
    bySlot.set(record.slot, { bornNs: record.bornNs, sums });
  }
  for (const connection of open) {
    const own = bySlot.get(connection.flowSlot);
    const found = own?.bornNs === connection.flowBornNs ? own : bySlot.get(connection.usageSlot);
    // Its row was removed while the tables were read.
    const sums = found?.sums ?? sumsAt(shown, NO_PLACE);
    sums.addOpen(connection, context.nowNs);
  }
  const flows = Array.from(shown.values(), ({ place, sums }) => draftOf(place, sums, context));
  matchPeers(flows, context);
  return flows;
}

function placeOf(record: FlowRecord, { ownerOf }: FlowContext): Place {
  const { key } = record;
  const { namespace, pod, container } = ownerOf(key.cgroupId) ?? NOBODY;
  const direction = directionOf(record);
  return {
    namespace,
    pod,
    container,
    direction,
    peerAddress: addressText(key.peer),
    port: key.port,
    protocol: protocolOf(record),
  };
}

function sumsAt(shown: Map<string, Sum>, place: Place): FlowSums {
  const { namespace, pod, container, direction, protocol, port, peerAddress } = place;
  const whose = `${namespace}\0${pod}\0${container}`;
  const key = `${whose}\0${direction}\0${protocol}\0${port}\0${peerAddress}`;
  const known = shown.get(key);
  if (known) return known.sums;
  const sums = new FlowSums();
  shown.set(key, { place, sums });
  return sums;
}

function draftOf(
  place: Place,
  sums: FlowSums,
  { secondsOf, nowNs, nameOf }: FlowContext,
): FlowDraft {
  const { attempts, established, failures, openNow, retransmits, rtts, connectTimes } = sums;
  return {
    ...place,
    localAddress: addressText(sums.local),
    reachedAddress: addressText(sums.reached),
    reachedPort: sums.reachedPort,
    peer: undefined,
    peerIdentity: undefined,
    reachedIdentity: undefined,
    peerName:
      place.peerAddress === ''
        ? undefined
        : nameOf(place.pod === '' ? undefined : place, place.peerAddress),
    peerClass: undefined,
    openNow,
    attempts,
    established,
    failures,
    sent: { bytes: sums.sentBytes, segments: sums.sentSegments },
    received: { bytes: sums.receivedBytes, segments: sums.receivedSegments },
    retransmits,
    rttSeconds: rtts === 0 ? undefined : sums.rttUs / rtts / 1e6,
    minRttSeconds: sums.minRttUs === 0 ? undefined : sums.minRttUs / 1e6,
    connectSeconds: connectTimes === 0 ? undefined : sums.connectNs / connectTimes / 1e9,
    firstSeenSeconds: secondsOf(Math.min(sums.bornNs, nowNs)),
    lastSeenSeconds: secondsOf(sums.usedNs),
  };
}
