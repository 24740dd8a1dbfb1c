import type { FlowFigures, FlowRecord, OpenConnection } from './flow-record.ts';

const NO_ADDRESS = new Uint8Array(16);

/** Sums over the rows and connections of one flow. */
export class FlowSums {
  attempts = 0;
  established = 0;
  failures = 0;
  openNow = 0;
  sentBytes = 0;
  sentSegments = 0;
  receivedBytes = 0;
  receivedSegments = 0;
  retransmits = 0;
  connectNs = 0;
  connectTimes = 0;
  rttUs = 0;
  rtts = 0;
  minRttUs = 0;
  local: Uint8Array = NO_ADDRESS;
  reached: Uint8Array = NO_ADDRESS;
  reachedPort = 0;
  bornNs: number = Number.POSITIVE_INFINITY;
  usedNs = 0;

  addRecord(record: FlowRecord): void {
    const { counts, bornNs, usedNs, minRttUs } = record;
    if (usedNs >= this.usedNs) {
      this.local = record.local;
      this.reached = record.reached;
      this.reachedPort = record.reachedPort;
    }
    this.attempts += counts.attempts;
    this.established += counts.established;
    this.failures += counts.failures;
    this.connectNs += counts.connectNs;
    this.connectTimes += counts.connectTimes;
    this.rttUs += counts.rttUs;
    this.rtts += counts.rtts;
    this.bornNs = Math.min(this.bornNs, bornNs);
    this.usedNs = Math.max(this.usedNs, usedNs);
    this.#addFigures(counts.figures);
    this.#addMinRtt(minRttUs);
  }

  addOpen(connection: OpenConnection, nowNs: number): void {
    const { isEstablished, figures, rttUs, minRttUs } = connection;
    this.openNow += isEstablished;
    this.#addFigures(figures);
    this.#addMinRtt(minRttUs);
    this.usedNs = nowNs;
    if (rttUs === 0) return;
    this.rttUs += rttUs;
    this.rtts += 1;
  }

  #addFigures({ sent, received, retransmits }: FlowFigures): void {
    this.sentBytes += sent.bytes;
    this.sentSegments += sent.segments;
    this.receivedBytes += received.bytes;
    this.receivedSegments += received.segments;
    this.retransmits += retransmits;
  }

  #addMinRtt(minRttUs: number): void {
    if (minRttUs !== 0 && (this.minRttUs === 0 || minRttUs < this.minRttUs))
      this.minRttUs = minRttUs;
  }
}
