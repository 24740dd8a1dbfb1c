import type { PodUsage } from '../../core/ledger/node-usage.ts';
import type { Snapshot } from '../../core/snapshot.ts';
import type { Traffic, Usage } from '../../core/usage/usage.ts';
import { Html, html } from './html.ts';
import { suspects } from './landing-findings.ts';
import { STYLE } from './landing-style.ts';
import { bytesText, countText, durationText } from './page-units.ts';

export interface LandingView {
  readonly version: string;
  readonly nodeName: string;
  /** The observed cgroup, or the recording. */
  readonly observed: string;
  readonly snapshot: Snapshot | undefined;
  /** Whether to show pods that appear to mine. */
  readonly hasMining: boolean;
}

const SHOWN_PODS = 10;

const ICON =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="#0b6b5f">' +
      '<circle cx="8" cy="8" r="6" fill="none" stroke="#0b6b5f" stroke-width="2"/>' +
      '<circle cx="8" cy="8" r="2.5"/></svg>',
  );

/** The page at `/`: links, totals of the node, and its busiest pods. */
export function landingPage(view: LandingView): Html {
  const { version, nodeName, observed, snapshot } = view;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vigia on ${nodeName}</title>
<link rel="icon" href="${ICON}">
<style>${new Html(STYLE)}</style>
</head>
<body>
<header>
<h1>Vigia</h1>
<p>The resources that every pod of this node uses, counted in the kernel: CPU time, time spent waiting for
a CPU, network traffic and TCP connections. The pods need no changes.</p>
<nav>
<a href="/metrics">Metrics</a>
<a href="/readyz?verbose">Readiness</a>
<a href="/healthz?verbose">Health</a>
</nav>
</header>
<main>
${snapshot ? body(snapshot, view.hasMining) : noSnapshot}
</main>
<footer class="soft">Vigia ${version} on ${nodeName}, observing ${observed}. The values are those of
the newest snapshot. Reload the page to update them.</footer>
</body>
</html>
`;
}

const noSnapshot: Html = html`<p><strong>No snapshot yet.</strong> The kernel tables have not been
read yet. If this does not change, see the log.</p>`;

function body(snapshot: Snapshot, hasMining: boolean): readonly Html[] {
  return [figures(snapshot), ...(hasMining ? [suspects(snapshot)] : []), busiestPods(snapshot)];
}

function figures(snapshot: Snapshot): Html {
  const { node, pods, startedSeconds, wallMs, hasPackets } = snapshot;
  const [received, sent] = movedBytes(node, hasPackets);
  const what = hasPackets ? '' : ' (TCP payload)';
  const shown: readonly (readonly [string, string])[] = [
    ['Pods', countText(pods.length)],
    ['CPU time of the node', durationText(node.cpu.oncpuNs / 1e9)],
    ['Time waiting for a CPU', durationText(node.cpu.waitNs / 1e9)],
    [`Received${what}`, bytesText(received)],
    [`Sent${what}`, bytesText(sent)],
    ['TCP connections', countText(node.tcp.connects + node.tcp.accepts)],
    ['Time since load', durationText(Math.max(0, wallMs / 1000 - startedSeconds))],
    ['Snapshot taken at', `${new Date(wallMs).toISOString().slice(11, 19)} UTC`],
  ];
  const items = shown.map(([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>`);
  return html`<dl>${items}</dl>`;
}

function busiestPods({ pods, hasPackets }: Snapshot): Html {
  if (pods.length === 0) return html`<h2>Pods</h2><p class="soft">No pods yet.</p>`;
  const busiest = pods
    .toSorted((a, b) => b.usage.cpu.oncpuNs - a.usage.cpu.oncpuNs)
    .slice(0, SHOWN_PODS);
  return html`<h2>Pods with the most CPU time since load</h2>
<div class="table"><table>
<thead><tr><th scope="col">Namespace</th><th scope="col">Pod</th>
<th scope="col" class="number">CPU</th><th scope="col" class="number">Waiting</th>
<th scope="col" class="number">Received</th><th scope="col" class="number">Sent</th></tr></thead>
<tbody>${busiest.map((pod) => podRow(pod, hasPackets))}</tbody>
</table></div>`;
}

function podRow({ namespace, pod, usage }: PodUsage, hasPackets: boolean): Html {
  const [received, sent] = movedBytes(usage, hasPackets);
  return html`<tr><td>${namespace}</td><td>${pod}</td>
<td class="number">${durationText(usage.cpu.oncpuNs / 1e9)}</td>
<td class="number">${durationText(usage.cpu.waitNs / 1e9)}</td>
<td class="number">${bytesText(received)}</td>
<td class="number">${bytesText(sent)}</td></tr>
`;
}

/** Received and sent bytes. With VIGIA_PACKETS=off, TCP payload. */
function movedBytes({ network, tcp }: Usage, hasPackets: boolean): [number, number] {
  if (!hasPackets) return [tcp.payloadReceived, tcp.payloadSent];
  return [totalBytes(network.receive), totalBytes(network.transmit)];
}

function totalBytes(traffic: readonly Traffic[]): number {
  return traffic.reduce((total, { bytes }) => total + bytes, 0);
}
