/** Writes the settings of the systemd units from those of the program. */

import { type SettingRow, settingRows } from '../../src/commands/help-text.ts';
import { wrapped } from '../../src/commands/list/wrap.ts';
import type { GeneratedFile } from './generated-file.ts';

const PATH = 'deploy/systemd/vigia.default';

const INTRODUCTION = `# Settings of Vigia's systemd units. To change one, remove its # and run
# \`systemctl restart vigia\`, which keeps the counters. Commands that you type in a shell do not
# read this file. The unit sets the user of the daemon: User=.
#
# Generated from src/config/settings.ts by tools/gen/env-file.ts.
`;

/** Set by the unit itself. A value here would have no effect. */
const IN_UNIT = new Set(['VIGIA_UID']);

/** Settings that the unit's sandbox requires. */
const NOTES: ReadonlyMap<string, string> = new Map([
  ['VIGIA_POOL_NAMES', 'The user vigia must be able to read the file, and the unit hides /home.'],
  ['VIGIA_KUBECONFIG', 'The user vigia must be able to read the file, and the unit hides /home.'],
  [
    'VIGIA_WEB_CONFIG_FILE',
    'The user vigia must be able to read the file, and the unit hides /home.',
  ],
  ['VIGIA_SOCKET', 'Outside /run/vigia, the unit needs ReadWritePaths= (systemctl edit vigia).'],
]);

const WIDTH = 98;

export function generate(): GeneratedFile[] {
  return [{ path: PATH, text: envFile(), source: 'the settings' }];
}

export function envFile(): string {
  const rows = settingRows().filter(({ variable }) => !IN_UNIT.has(variable));
  return [INTRODUCTION, ...rows.map(entry)].join('\n');
}

function entry({ variable, fallback, isNote, help, expected }: SettingRow): string {
  const note = NOTES.get(variable);
  const parts = [
    help,
    `Values: ${expected}.`,
    ...(isNote ? [`Default: ${fallback}.`] : []),
    ...(note ? [note] : []),
  ];
  const comment = wrapped(parts.join(' '), WIDTH).map((line) => `# ${line}`);
  return [...comment, `#${variable}=${isNote ? '' : fallback}`, ''].join('\n');
}
