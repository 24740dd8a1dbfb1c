import { expect, test } from 'vitest';
import type { PodUsage } from '../../core/ledger/node-usage.ts';
import { evidence, finding as given } from '../../core/mining/findings.fixture.ts';
import type { Finding } from '../../core/mining/verdict/finding.ts';
import type { Snapshot } from '../../core/snapshot.ts';
import type { BookedUsage } from '../../core/usage/usage.ts';
import { html } from './html.ts';
import { landingPage } from './landing.ts';
import { bytesText, countText, durationText } from './page-units.ts';

function usage(oncpuSeconds: number, bytes = 0): BookedUsage {
  const traffic = [0, 0, 0].map(() => ({ bytes, packets: 1 }));
  return {
    cpu: {
      oncpuNs: oncpuSeconds * 1e9,
      waitNs: 0,
      preemptions: 0,
      waitHistogram: [],
      tirelessNs: 0,
    },
    network: { transmit: traffic, receive: traffic },
    tcp: {
      connects: 1,
      accepts: 2,
      connectFailures: 0,
      resets: 0,
      retransmits: 0,
      connectNs: 0,
      payloadSent: 0,
      payloadReceived: 0,
    },
    dns: { queries: [0, 0, 0, 0], waitNs: 0 },
    evidenceLost: 0,
    egress: [],
    ingress: [],
  };
}

function pod(name: string, oncpuSeconds: number): PodUsage {
  return {
    namespace: 'shop',
    pod: name,
    uid: '',
    kind: 'unit',
    shares: [],
    hostNetwork: undefined,
    ownerKind: '',
    ownerName: '',
    createdSeconds: 0,
    usage: usage(oncpuSeconds, 1024),
    containers: [],
  };
}

function snapshotOf(pods: PodUsage[]): Snapshot {
  return {
    wallMs: 1_000_000,
    monotonicNs: 0,
    nodeName: 'n',
    startedSeconds: 400,
    hasPackets: true,
    pods,
    unattributed: usage(0),
    node: usage(100, 1024 ** 2),
    loopback: usage(0).network,
    endedByNamespace: [],
    pairs: undefined,
    runs: [],
    lost: [],
    maps: [],
    findings: [],
  };
}

const view = { version: '1.2.3', nodeName: 'n', observed: '/sys/fs/cgroup', hasMining: true };

test('the page shows the node and its busiest pods, the busiest first', () => {
  const pods = Array.from({ length: 12 }, (_, i) => pod(`web-${i}`, i));
  const { markup } = landingPage({ ...view, snapshot: snapshotOf(pods) });
  expect(markup).toContain('<dt>Pods</dt><dd>12</dd>');
  expect(markup).toContain('<dt>CPU time of the node</dt><dd>1 min 40 s</dd>');
  expect(markup).toContain('<dt>Received</dt><dd>3.0 MiB</dd>');
  expect(markup).toContain('<dt>Time since load</dt><dd>10 min 0 s</dd>');
  expect(markup).toContain('<dt>Snapshot taken at</dt><dd>00:16:40 UTC</dd>');
  expect(markup.match(/web-\d+/g)?.slice(0, 2)).toEqual(['web-11', 'web-10']);
  expect(markup.match(/<tr><td>/g)).toHaveLength(10);
});

test('names with any characters are escaped on the page', () => {
  const evil = pod('<script>alert("1")</script>', 1);
  const { markup } = landingPage({ ...view, nodeName: '"><b>', snapshot: snapshotOf([evil]) });
  expect(markup).not.toContain('<script');
  expect(markup).not.toContain('<b>');
  expect(markup).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;');
});

test('pods that appear to mine are shown with their signals, without text from processes', () => {
  const seen = evidence({ says: 'does as <RandomX>', detail: 'SECRET', command: 'SECRET' });
  const finding = (score: number, verdict: Finding['verdict'], pod: string = verdict): Finding =>
    given({ pod, score, verdict, lastSeconds: 995, evidence: [{ ...seen, peer: 'SECRET' }] });
  const many = Array.from({ length: 10 }, () => finding(90, 'mining', '<i>\u202e'));
  const findings = [
    ...many,
    finding(60, 'suspicious'),
    finding(20, 'noted'),
    finding(0, 'allowed'),
  ];
  const snapshot = { ...snapshotOf([]), findings };
  const { markup } = landingPage({ ...view, snapshot });
  expect(markup).toContain('<td>&lt;i&gt;\\u{202e}</td><td>mining</td><td class="number">90</td>');
  expect(markup).toContain('<div>does as &lt;RandomX&gt;</div>');
  expect(markup).toContain('<td class="number">5.00 s ago</td>');
  expect(markup).toContain('And 1 more.');
  expect(markup).not.toMatch(/SECRET|4711|noted|allowed|suspicious/);
  const few = landingPage({ ...view, snapshot: { ...snapshot, findings: findings.slice(10) } });
  expect(few.markup).toMatch(/suspicious/);
  expect(few.markup).not.toMatch(/more\.|noted|allowed/);
  const none = landingPage({ ...view, snapshot: { ...snapshot, findings: findings.slice(11) } });
  expect(none.markup).not.toContain('mining');
  const hidden = landingPage({ ...view, snapshot, hasMining: false });
  expect(hidden.markup).not.toMatch(/mining|RandomX/);
});

test('before the first snapshot the page reports it', () => {
  expect(landingPage({ ...view, snapshot: undefined }).markup).toContain('No snapshot yet.');
});

test('a template escapes all values except markup', () => {
  const items = ['a', '<\'&">'].map((item) => html`<li>${item}</li>`);
  expect(html`<ul>${items}</ul>${1}`.markup).toBe(
    '<ul><li>a</li><li>&lt;&#39;&amp;&quot;&gt;</li></ul>1',
  );
});

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [200 * 1024 ** 2, '200 MiB'],
  [5 * 1024 ** 6, '5120 PiB'],
])('%d bytes are %s', (bytes, wanted) => expect(bytesText(bytes)).toBe(wanted));

test.each([
  [0, '0.00 s'],
  [9.994, '9.99 s'],
  [59.6, '1 min 0 s'],
  [3600, '1 h 0 min'],
  [100_000, '1 d 3 h'],
])('%d seconds are %s', (seconds, wanted) => expect(durationText(seconds)).toBe(wanted));

test('counts have thousands separators', () => expect(countText(1_234_567)).toBe('1,234,567'));
