import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { splitArguments } from '../config/arguments.ts';
import { type Config, flagNames, parseConfig } from '../config/config.ts';
import { settingKeys, settings } from '../config/settings.ts';
import { commandGroups, commands } from './command-groups.ts';
import { type CommandName, type ConfigOf, settingsOf } from './command-settings.ts';
import { commandHelpText, helpText, optionRows, settingRows } from './help-text.ts';

const names = commands.map(({ name }) => name);

/** The flags that a help text lists. */
function flagsIn(help: string): string[] {
  return [...help.matchAll(/^ {2}(--[\w-]+)/gm)].map(([, flag]) => flag ?? '');
}

function helpOf(name: CommandName): string {
  const command = commands.find((each) => each.name === name);
  if (command === undefined) throw new Error(`no command ${name}`);
  return commandHelpText(command);
}

test('the help lists each command once, in its group', () => {
  const sections = helpText().split('\n\n');
  for (const group of commandGroups) {
    const section = sections.find((each) => each.startsWith(`${group.title}:\n`)) ?? '';
    for (const { name } of group.commands)
      expect(section).toMatch(new RegExp(`^ {2}${name} `, 'm'));
  }
  expect(new Set(names).size).toBe(names.length);
  expect(helpText()).toContain('docs/configuration.md');
});

test.each(names)('no line of the help of %s is wider than 100 columns', (name) => {
  const help = `${helpText()}\n${helpOf(name)}`;
  expect(help.split('\n').filter((line) => line.length > 100)).toEqual([]);
});

test.each(names)('the help of %s lists the flags that it declares, and no other', (name) => {
  const own = optionRows().filter((option) => option.commands.includes(name));
  const declared = settingsOf(name).map((key) => `--${settings[key].name}`);
  expect(flagsIn(helpOf(name))).toEqual([...own.map(({ flag }) => flag), '--help', ...declared]);
});

test('every setting belongs to a command, and is read by code', () => {
  for (const { flag, commands: readers } of settingRows())
    expect([flag, readers]).not.toEqual([flag, []]);
  const source = sourceOutsideConfig();
  const unread = settingKeys.filter((key) => !new RegExp(`\\b${key}\\b`).test(source));
  expect(unread).toEqual([]);
});

test('every option belongs to commands that exist', () => {
  for (const { commands: owners } of optionRows()) {
    expect(owners.length).toBeGreaterThan(0);
    expect(names).toEqual(expect.arrayContaining([...owners]));
  }
});

describe('an example', () => {
  const examples = commands.flatMap((command) =>
    command.examples.map(({ line }) => ({ line, name: command.name })),
  );

  test.each(examples)(
    '$line is a valid command line with flags of its command',
    ({ line, name }) => {
      const [program, ...argv] = line.replace(/^sudo /, '').split(' ');
      const { positionals, flags } = splitArguments(argv, flagNames);
      expect([program, positionals[0]]).toEqual(['vigia', name]);
      parseConfig(flags, {}, name);
      const listed = flagsIn(helpOf(name));
      expect(listed).toEqual(expect.arrayContaining([...flags.keys()].map((flag) => `--${flag}`)));
    },
  );

  test('there are two for each command', () => {
    expect(commands.map((each) => each.examples.length)).toEqual(names.map(() => 2));
  });
});

// tsc checks this test: an unneeded `@ts-expect-error` is an error, too.
test('code of a command that reads a setting which it does not declare does not compile', () => {
  const unload = {} as ConfigOf<'unload'>;
  const read = (_: Partial<Pick<Config, 'bpffs' | 'cgroup' | 'kubeconfig'>>) => {};
  const declared: string = unload.bpffs;
  // @ts-expect-error unload does not declare nodeName
  const undeclared: string | undefined = unload.nodeName;
  // @ts-expect-error nor kubeconfig, which the function reads
  read(unload);
  read({} as ConfigOf<'doctor'>);
  expect([declared, undeclared]).toEqual([undefined, undefined]);
});

function sourceOutsideConfig(): string {
  const src = join(import.meta.dirname, '..');
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter(
      (path) => /^(commands|daemon|workloads|main)/.test(path) && /(?<!\.test)\.ts$/.test(path),
    )
    .filter((path) => !path.endsWith('command-settings.ts'))
    .map((path) => readFileSync(join(src, path), 'utf8'))
    .join('\n');
}
