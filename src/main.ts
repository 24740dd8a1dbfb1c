import { inspect } from 'node:util';
import { UsageError } from './commands/command.ts';
import { type Command, commands } from './commands/command-groups.ts';
import { commandHelpText, helpText } from './commands/help-text.ts';
import { splitArguments } from './config/arguments.ts';
import { ConfigError, type Environment, flagNames, parseConfig } from './config/config.ts';
import { suggest } from './config/suggest.ts';
import { escapedLines } from './core/text/safe-text.ts';
import { createLog } from './log.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const LAST_RESORT_MS = 10_000;

/** Runs one command line; returns its exit code. */
async function main(argv: readonly string[], env: Environment): Promise<number> {
  const { positionals, flags } = splitArguments(argv, flagNames);
  const [name = flags.has('version') ? 'version' : 'help', ...operands] = positionals;
  const command = commands.find((each) => each.name === name);
  if (name === 'help' || (command === undefined && flags.has('help'))) return help(operands);
  if (command === undefined) throw new UsageError(unknownCommand(name));
  if (flags.has('help')) return help([name]);
  if (operands.length > 0 && command.operands === '')
    throw new UsageError(`vigia ${name} accepts no arguments, got ${JSON.stringify(operands[0])}`);
  const { config, options, warnings } = parseConfig(flags, env, name);
  const log = createLog(config.logLevel);
  for (const warning of warnings) log.warn(warning);
  const signal = abortOnSignal();
  const program = env['VIGIA_LAUNCHER'] ?? 'vigia';
  const { run } = await command.open();
  try {
    return await run({ config, options, operands, program, log, signal, print });
  } catch (err) {
    // A command that a signal ends has not failed.
    if (signal.aborted && err instanceof Error && err.name === 'AbortError') return 0;
    throw err;
  }
}

function help([name]: readonly string[]): number {
  const command = commands.find((each) => each.name === name);
  if (name !== undefined && command === undefined) throw new UsageError(unknownCommand(name));
  print(command ? commandHelpText(command) : helpText());
  return 0;
}

function unknownCommand(name: string): string {
  const names: readonly string[] = commands.map((command: Command) => command.name);
  const meant = suggest(name, names);
  return `unknown command ${JSON.stringify(name)}${meant ? `; did you mean ${meant}?` : ''}`;
}

/** The first signal aborts; a second one, or 10 s, ends the process. */
function abortOnSignal(): AbortSignal {
  const stop = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (stop.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
    stop.abort();
    setTimeout(() => process.exit(EXIT_FAILED), LAST_RESORT_MS).unref();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return stop.signal;
}

function print(line: string): void {
  process.stdout.write(`${escapedLines(line)}\n`);
}

/** Prints the message, which includes the remedy. VIGIA_LOG_LEVEL=debug adds the stack. */
function fail(err: unknown): number {
  const isUsage = err instanceof UsageError || err instanceof ConfigError;
  const message = err instanceof Error ? err.message : String(err);
  for (const line of escapedLines(message).split('\n')) process.stderr.write(`vigia: ${line}\n`);
  if (isUsage) process.stderr.write('For help: vigia --help\n');
  if (process.env['VIGIA_LOG_LEVEL'] === 'debug')
    process.stderr.write(`${escapedLines(inspect(err))}\n`);
  return isUsage ? EXIT_USAGE : EXIT_FAILED;
}

// The reader of a pipe can close it early, as `head` does.
process.stdout.on('error', (err: NodeJS.ErrnoException) => {
  if (err.code !== 'EPIPE') throw err;
});

process.exitCode = await main(process.argv.slice(2), process.env).catch(fail);
