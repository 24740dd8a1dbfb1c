import type { Run } from './command.ts';

export interface Command {
  readonly name: string;
  /** What follows the name; empty for nothing. */
  readonly operands: string;
  readonly summary: string;
  /** Imported only when it is run: `vigia version` need not load a web server. */
  readonly open: () => Promise<{ readonly run: Run }>;
}

export const commands: readonly Command[] = [
  {
    name: 'run',
    operands: '',
    summary: 'Reads the tables and serves metrics; as root, loads first and then becomes --uid',
    open: () => import('./run.ts'),
  },
  {
    name: 'load',
    operands: '',
    summary: 'Loads and attaches the kernel programs; they count until unloaded (root)',
    open: () => import('./load.ts'),
  },
  {
    name: 'unload',
    operands: '',
    summary: 'Removes every trace of the kernel programs (root)',
    open: () => import('./unload.ts'),
  },
  {
    name: 'doctor',
    operands: '',
    summary: 'Checks whether this machine can be observed, and says what to do where it cannot',
    open: () => import('./doctor/doctor.ts'),
  },
  {
    name: 'connections',
    operands: '',
    summary: 'Lists the TCP connections of each pod by peer, as the running daemon counts them',
    open: () => import('./connections/connections.ts'),
  },
  {
    name: 'findings',
    operands: '',
    summary: 'Tells which pods look like mining cryptocurrency, and what speaks for it',
    open: () => import('./findings/findings.ts'),
  },
  {
    name: 'record',
    operands: 'DIR',
    summary: 'Copies the tables of each tick into a tape, for `vigia run --replay DIR`',
    open: () => import('./record.ts'),
  },
  {
    name: 'version',
    operands: '',
    summary: 'Prints the version',
    open: () => import('./version.ts'),
  },
];
