import { PROTOCOLS, type Traffic } from '../../core/usage/usage.ts';
import type { SampleSink } from '../family.ts';
import { joinLabels, labelText } from '../text/label-text.ts';

const OTHER = PROTOCOLS.indexOf('other');

/** Label text for each of PROTOCOLS. */
export function protocolLabelsOf(labels: string): string[] {
  return PROTOCOLS.map((protocol) => joinLabels(labels, labelText({ protocol })));
}

export interface TrafficSamples {
  readonly traffic: readonly Traffic[];
  readonly of: (traffic: Traffic) => number;
  readonly protocolLabels: readonly string[];
  readonly createdSeconds: number;
}

/** TCP and UDP start at zero, so that rate() sees the first packet. `other` starts once it is not zero. */
export function writeTraffic(sink: SampleSink, samples: TrafficSamples): void {
  const { traffic, of, protocolLabels, createdSeconds } = samples;
  for (let i = 0; i < protocolLabels.length; i++) {
    const one = traffic[i];
    if (!one) continue;
    const reading = of(one);
    if (i === OTHER && reading === 0) continue;
    sink.sample(protocolLabels[i] ?? '', reading, createdSeconds);
  }
}
