import type { Run } from './command.ts';
import type { CommandName } from './command-settings.ts';

export interface Command {
  readonly name: CommandName;
  /** Arguments after the name, as shown in the usage line; empty for none. */
  readonly operands: string;
  readonly summary: string;
  readonly examples: readonly Example[];
  /** Imported only when the command runs: `vigia version` does not load a web server. */
  readonly open: () => Promise<{ readonly run: Run }>;
}

export interface Example {
  readonly purpose: string;
  readonly line: string;
}

export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly Command[];
}

/** All commands, as `vigia --help` groups them. */
export const commandGroups: readonly CommandGroup[] = [
  {
    title: 'Observe',
    commands: [
      {
        name: 'run',
        operands: '',
        summary:
          'Serves metrics. When started as root, loads the programs first and then drops to --uid',
        examples: [
          { purpose: 'Load the programs and serve metrics on port 9770', line: 'sudo vigia run' },
          {
            purpose: 'Serve a recorded tape, without root and without a kernel',
            line: 'vigia run --replay ./tape --listen=127.0.0.1:9771',
          },
        ],
        open: () => import('./run.ts'),
      },
      {
        name: 'load',
        operands: '',
        summary: 'Loads and attaches the kernel programs, which count until unloaded (needs root)',
        examples: [
          { purpose: 'Load the programs for the default user', line: 'sudo vigia load' },
          {
            purpose: 'Allow more kernel memory, and do not count packets',
            line: 'sudo vigia load --map-memory=256MiB --packets=off',
          },
        ],
        open: () => import('./load.ts'),
      },
      {
        name: 'unload',
        operands: '',
        summary: 'Unloads the kernel programs and leaves no trace of them (needs root)',
        examples: [
          { purpose: 'Remove everything that `vigia load` created', line: 'sudo vigia unload' },
          {
            purpose: 'Remove programs that are pinned in another directory',
            line: 'sudo vigia unload --bpffs=/sys/fs/bpf/vigia',
          },
        ],
        open: () => import('./unload.ts'),
      },
      {
        name: 'record',
        operands: 'DIR',
        summary: 'Records the tables of every tick to a tape, for `vigia run --replay DIR`',
        examples: [
          { purpose: 'Record until Ctrl-C', line: 'sudo vigia record ./tape' },
          {
            purpose: 'Record one minute, at one tick per second',
            line: 'sudo vigia record ./tape --interval=1s --ticks=60',
          },
        ],
        open: () => import('./record.ts'),
      },
    ],
  },
  {
    title: 'Ask the running daemon',
    commands: [
      {
        name: 'connections',
        operands: '',
        summary: "Lists each pod's connections by peer, as counted by the daemon",
        examples: [
          {
            purpose: 'List the connections of one pod, with all columns',
            line: 'sudo vigia connections --namespace=shop --pod=web-0 -o wide',
          },
          {
            purpose: 'Watch connections to one network',
            line: 'sudo vigia connections --peer=10.0.0.0/8 --watch',
          },
        ],
        open: () => import('./connections/connections.ts'),
      },
      {
        name: 'findings',
        operands: '',
        summary: 'Shows pods that appear to mine cryptocurrency, with the evidence',
        examples: [
          { purpose: 'Show all findings', line: 'sudo vigia findings' },
          {
            purpose: 'Follow suspicious pods as a table',
            line: 'sudo vigia findings --min-score=50 --watch -o table',
          },
        ],
        open: () => import('./findings/findings.ts'),
      },
    ],
  },
  {
    title: 'Check',
    commands: [
      {
        name: 'doctor',
        operands: '',
        summary: 'Checks whether Vigia can observe this host, and shows how to fix problems',
        examples: [
          { purpose: 'Check as the user that loads the programs', line: 'sudo vigia doctor' },
          { purpose: 'Print the results as JSON', line: 'sudo vigia doctor -o json' },
        ],
        open: () => import('./doctor/doctor.ts'),
      },
      {
        name: 'version',
        operands: '',
        summary: 'Prints the version',
        examples: [
          { purpose: 'Print the version, the commit and the platform', line: 'vigia version' },
          { purpose: 'Print them as JSON', line: 'vigia version -o json' },
        ],
        open: () => import('./version.ts'),
      },
    ],
  },
];

export const commands: readonly Command[] = commandGroups.flatMap((group) => group.commands);
