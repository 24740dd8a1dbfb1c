import type { ClueRecord } from '../../reading/clue.ts';
import { latinText } from '../../text/latin-text.ts';

const QUOTE_CHARACTERS = 160;

/** Untrusted. The last argument may be incomplete. */
export function argumentsOf({ text, textBytes }: ClueRecord): string[] {
  const all = latinText(text.subarray(0, textBytes)).split('\0');
  return all.at(-1) === '' ? all.slice(0, -1) : all;
}

export function fileName(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1);
}

/** The command line, shortened for display. */
export function quoted(args: readonly string[]): string {
  const all = args.join(' ');
  return all.length > QUOTE_CHARACTERS ? `${all.slice(0, QUOTE_CHARACTERS)}…` : all;
}
