import { expect, test } from 'vitest';
import type { Pairs } from '../../core/flow/workload-pair.ts';
import { Exposition, type Format } from '../exposition.ts';
import { smallNode } from '../snapshot.fixture.ts';

const PAIRS: Pairs = {
  all: [
    {
      pair: {
        namespace: 'shop',
        workload: 'web',
        peerNamespace: 'data',
        peerWorkload: 'd"b',
        peerClass: 'node',
      },
      connections: 3,
      sentBytes: 1000,
      receivedBytes: 2 ** 40,
      createdSeconds: 1_767_225_610.5,
    },
    {
      pair: {
        namespace: '',
        workload: '',
        peerNamespace: '',
        peerWorkload: '',
        peerClass: 'other',
      },
      connections: 0,
      sentBytes: 7,
      receivedBytes: 0,
      createdSeconds: 1_767_225_620,
    },
  ],
  overflowed: 4,
};

async function linesOf(pairs: Pairs | undefined, format: Format = 'prometheus') {
  const exposition = new Exposition({
    version: '1',
    maxSeries: 1000,
    waitHistogram: 'off',
    egress: 'off',
  });
  const text = await exposition.render({ ...smallNode(), pairs }, format);
  return text
    .toString()
    .split('\n')
    .filter((line) => /^(# TYPE )?vigia_(workload|pairs)_/.test(line));
}

const WEB =
  '{namespace="shop",workload="web",peer_namespace="data",peer_workload="d\\"b",peer_class="node"}';
const OTHER = '{namespace="",workload="",peer_namespace="",peer_workload="",peer_class="other"}';

test('there are no pairs by default', async () => {
  expect(await linesOf(undefined)).toEqual([]);
});

test('a pair has three series, and pairs left out are counted', async () => {
  expect(await linesOf(PAIRS)).toEqual([
    '# TYPE vigia_workload_connections_total counter',
    `vigia_workload_connections_total${WEB} 3`,
    `vigia_workload_connections_total${OTHER} 0`,
    '# TYPE vigia_workload_transmit_bytes_total counter',
    `vigia_workload_transmit_bytes_total${WEB} 1000`,
    `vigia_workload_transmit_bytes_total${OTHER} 7`,
    '# TYPE vigia_workload_receive_bytes_total counter',
    `vigia_workload_receive_bytes_total${WEB} 1099511627776`,
    `vigia_workload_receive_bytes_total${OTHER} 0`,
    '# TYPE vigia_pairs_overflowed_total counter',
    'vigia_pairs_overflowed_total 4',
  ]);
});

test('that counter exists before the first pair', async () => {
  expect(await linesOf({ all: [], overflowed: 0 })).toEqual([
    '# TYPE vigia_pairs_overflowed_total counter',
    'vigia_pairs_overflowed_total 0',
  ]);
});

test('in OpenMetrics each has its creation time', async () => {
  expect(await linesOf(PAIRS, 'openmetrics')).toContain(
    `vigia_workload_connections_created${WEB} 1767225610.5`,
  );
});
