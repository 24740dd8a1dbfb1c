import { copyFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KERNEL, OBJECTS } from '../lab/scene/connection-ways.ts';
import { compiledPath } from '../src/kernel/load/objects.ts';
import { compiledObject } from './compiled.ts';
import { addedCosts, type Traffic } from './paired-loads.ts';
import type { Section } from './report.ts';

/** Of TCP nothing is added: its packets run no instruction for a flow. */
const DATAGRAMS: Traffic = {
  what: 'packet, UDP of 64 bytes, connected',
  kind: 'datagrams',
  args: ['60000'],
  barNs: 5,
};

export const flows: Section = {
  name: 'flows',
  title: 'Flows: ns a run that they add to a datagram, of two loads that see the same packets',
  measure: async (signal) => {
    using stack = new DisposableStack();
    const more = { objects: OBJECTS };
    const less = { objects: objectsWithoutFlows(stack) };
    return await addedCosts({ more, less, traffic: [DATAGRAMS] }, signal);
  },
};

/** What ships, but for the programs that add datagrams to their flows. */
function objectsWithoutFlows(stack: DisposableStack): string {
  const directory = mkdtempSync(join(tmpdir(), 'vigia-bench-objects-'));
  stack.defer(() => rmSync(directory, { recursive: true }));
  cpSync(OBJECTS, directory, { recursive: true });
  const replaced = compiledPath({ objects: directory, ...KERNEL }, 'net');
  const defines = KERNEL.hasSocketStorage ? [] : ['-DCONNECTIONS_BY_ADDRESS'];
  copyFileSync(compiledObject('net-without-flows', defines), replaced);
  return directory;
}
