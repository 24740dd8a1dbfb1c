// Scrapes every agent behind a headless Service:
// node --input-type=module -e "…" NAME PORT http|https open|protected
import { lookup } from 'node:dns/promises';

const NEEDED = ['vigia_build_info', 'vigia_node_cpu_seconds_total', 'vigia_pod_info'];

const [, name, port, scheme = 'http', access = 'open'] = process.argv;
const agents = await lookup(name, { all: true });
const failures = [];
for (const { address, family } of agents) {
  const agent = `${scheme}://${family === 6 ? `[${address}]` : address}:${port}`;
  const url = `${agent}/${access === 'protected' ? 'readyz' : 'metrics'}`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    const text = await answer.text();
    const missing = NEEDED.filter((family) => !text.includes(`\n${family}`));
    if (!answer.ok) failures.push(`${url}: status ${answer.status}`);
    else if (access === 'protected') console.log(`${url}: ${text.trim()}`);
    else if (missing.length > 0) failures.push(`${url}: there is no ${missing.join(', ')}`);
    else console.log(`${url}: ${text.match(/^[^#\n]/gm).length} series`);
  } catch (error) {
    failures.push(`${url}: ${error.cause?.message ?? error.message}`);
  }
}
for (const failure of failures) console.error(failure);
process.exitCode = failures.length > 0 || agents.length === 0 ? 1 : 0;
