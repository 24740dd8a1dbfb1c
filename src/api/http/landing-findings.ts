import type { Finding } from '../../core/mining/verdict/finding.ts';
import type { Snapshot } from '../../core/snapshot.ts';
import { cutText } from '../../core/text/safe-text.ts';
import { type Html, html } from './html.ts';
import { durationText } from './page-units.ts';

const SHOWN_FINDINGS = 10;
const NAME_CHARACTERS = 120;

/**
 * Pods that appear to mine, if there are any, with their signals. Processes and peers are not shown here;
 * they need access to the socket.
 */
export function suspects({ findings, wallMs }: Snapshot): Html {
  const shown = findings.filter(({ verdict }) => verdict === 'mining' || verdict === 'suspicious');
  if (shown.length === 0) return html``;
  const rest = shown.length - SHOWN_FINDINGS;
  return html`<h2>Pods that appear to mine</h2>
<div class="table"><table>
<thead><tr><th scope="col">Namespace</th><th scope="col">Pod</th><th scope="col">Verdict</th>
<th scope="col" class="number">Score</th><th scope="col">The pod …</th>
<th scope="col" class="number">Last evidence</th></tr></thead>
<tbody>${shown.slice(0, SHOWN_FINDINGS).map((each) => findingRow(each, wallMs / 1000))}</tbody>
</table></div>
<p class="soft">${rest > 0 ? `And ${rest} more. ` : ''}On the node, <code>vigia findings</code> shows
the evidence and the process.</p>`;
}

function findingRow(finding: Finding, nowSeconds: number): Html {
  const { namespace, pod, verdict, score, evidence, lastSeconds } = finding;
  const claims = evidence.map(({ says }) => html`<div>${says}</div>`);
  return html`<tr><td>${cutText(namespace, NAME_CHARACTERS)}</td>
<td>${cutText(pod, NAME_CHARACTERS)}</td><td>${verdict}</td><td class="number">${score}</td>
<td>${claims}</td>
<td class="number">${durationText(Math.max(0, nowSeconds - lastSeconds))} ago</td></tr>
`;
}
