import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Writes a generated file, or only looks whether it is current. Throws where it is not.
 *
 * @param source what the file is generated from, for the message
 */
export function keepGenerated(
  path: string,
  text: string,
  { source, isCheck }: { readonly source: string; readonly isCheck: boolean },
): void {
  if (!isCheck) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text)
    throw new Error(`${path} does not match ${source}: run make gen and commit the result`);
}
