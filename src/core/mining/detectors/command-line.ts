import type { ClueRecord } from '../../reading/clue.ts';
import { latinText } from '../../text/latin-text.ts';

/** How much of a command line is quoted. */
const QUOTE_CHARACTERS = 160;

/** What a program was started with, untrusted; the last may be cut off. */
export function argumentsOf({ text, textBytes }: ClueRecord): string[] {
  const all = latinText(text.subarray(0, textBytes)).split('\0');
  return all.at(-1) === '' ? all.slice(0, -1) : all;
}

/** A program without its directory. */
export function fileName(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1);
}

/** A command line as it is shown, cut short. */
export function quoted(args: readonly string[]): string {
  const all = args.join(' ');
  return all.length > QUOTE_CHARACTERS ? `${all.slice(0, QUOTE_CHARACTERS)}…` : all;
}
