import { expect, test } from 'vitest';
import { parseScrape, rowOf, tableLines } from './board.ts';

const WEB = 'namespace="demo",pod="web"';

function scrape(seconds: number, times: number) {
  return parseScrape(`# HELP vigia_snapshot_timestamp_seconds When.
vigia_snapshot_timestamp_seconds ${seconds}
vigia_container_cpu_seconds_total{${WEB},container=""} ${0.5 * times}
vigia_container_cpu_wait_seconds_total{${WEB},container=""} ${1.5 * times}
vigia_pod_network_receive_bytes_total{${WEB},protocol="tcp"} ${2048 * times}
vigia_pod_network_receive_bytes_total{${WEB},protocol="udp"} ${2048 * times}
vigia_pod_tcp_accepts_total{${WEB}} ${20 * times}
`);
}

test('a row shows rates between two scrapes, over the time between their snapshots', () => {
  expect(rowOf({ namespace: 'demo', pod: 'web' }, scrape(100, 1), scrape(102, 2))).toEqual({
    pod: 'web',
    cores: 0.25,
    waitShare: 0.75,
    receivedBytes: 2048,
    sentBytes: 0,
    connects: 0,
    accepts: 10,
  });
});

test('a pod without series has an empty row', () => {
  const row = rowOf({ namespace: 'demo', pod: 'new' }, scrape(100, 1), scrape(102, 2));
  expect(row).toMatchObject({ cores: 0, waitShare: 0, connects: 0 });
});

test('the table has a heading, a bar for each share, and a dash for zero', () => {
  const rows = [rowOf({ namespace: 'demo', pod: 'web' }, scrape(100, 1), scrape(102, 2))];
  const [heading, web] = tableLines(rows);
  expect(heading).toBe(
    'POD CORES        WAITS        RECEIVED/s     SENT/s  CONNECTS/s  ACCEPTS/s',
  );
  expect(web).toBe('web  0.25 █▎      75 % ███▊      2.0 KiB          –           –         10');
});
