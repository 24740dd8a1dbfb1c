import { cpus, release } from 'node:os';
import { abortOnSignal } from '../lab/process/stop-signal.ts';
import { connections } from './connections.ts';
import { daemon } from './daemon.ts';
import { detectors } from './detectors.ts';
import { flows } from './flows.ts';
import { hooks } from './hooks.ts';
import { payload } from './payload.ts';
import { type Figure, figureLines, isOver, loadText, type Section } from './report.ts';
import { scrapes } from './scrapes.ts';

const SECTIONS: readonly Section[] = [
  hooks,
  flows,
  payload,
  connections,
  scrapes,
  detectors,
  daemon,
];

interface Measured {
  readonly name: string;
  readonly title: string;
  readonly load: string;
  readonly seconds: number;
  readonly figures: readonly Figure[];
}

/** `node bench/main.ts [--json] [SECTION…]`, as root. */
async function main(args: readonly string[], signal: AbortSignal): Promise<void> {
  const isJson = args.includes('--json');
  const names = args.filter((arg) => arg !== '--json');
  const unknown = names.find((name) => SECTIONS.every((section) => section.name !== name));
  if (unknown !== undefined)
    throw new Error(`unknown section ${unknown}; the sections are ${listed(SECTIONS)}`);
  const chosen = SECTIONS.filter(({ name }) => names.length === 0 || names.includes(name));
  const machine = `Linux ${release()}, ${cpus().length} CPUs, Node ${process.version}`;
  const print = (line: string) => isJson || process.stdout.write(`${line}\n`);
  print(`${machine}\nMedians, with the range over all rounds.`);
  const measured: Measured[] = [];
  for (const section of chosen) {
    const result = await measureSection(section, signal);
    measured.push(result);
    print(`\n${result.title}  (${result.seconds.toFixed(0)} s, ${result.load})`);
    for (const line of figureLines(result.figures)) print(line);
  }
  if (isJson) process.stdout.write(`${JSON.stringify({ machine, sections: measured }, null, 2)}\n`);
  const over = measured.flatMap(({ figures }) => figures.filter(isOver));
  print(over.length === 0 ? '\nAll limits are kept.' : `\nOver the limit: ${listed(over)}.`);
}

async function measureSection(section: Section, signal: AbortSignal): Promise<Measured> {
  const { name, title } = section;
  const beganMs = performance.now();
  const figures = await section.measure(signal);
  return { name, title, load: loadText(), seconds: (performance.now() - beganMs) / 1e3, figures };
}

function listed(all: readonly { readonly name?: string; readonly what?: string }[]): string {
  return all.map(({ name, what }) => name ?? what?.trim()).join(', ');
}

const signal = abortOnSignal();
await main(process.argv.slice(2), signal).catch((err: unknown) => {
  process.exitCode = 1;
  if (!signal.aborted) throw err;
});
