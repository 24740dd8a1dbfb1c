/**
 * Checks that all shipped packages have allowed licenses, and writes the license texts.
 *
 *   node tools/licenses.ts [OUTPUT]
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ShippedPackage, shippedPackages } from './lock-file.ts';

/** Licenses that require only that their text is included. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'PSF-2.0',
  'Unlicense',
]);

const TEXT_FILE = /^(?:licen[cs]e|copying|notice)/i;

/** Whether an SPDX expression lets us ship: all that AND joins, one of what OR joins. */
export function isAllowed(expression: string): boolean {
  const bare = expression.replace(/^\((.*)\)$/, '$1');
  if (/[()]/.test(bare)) return false;
  return bare
    .split(' OR ')
    .some((all) => all.split(' AND ').every((license) => ALLOWED.has(license.trim())));
}

/** The problem with the licenses; undefined if there is none. */
export function complaintAbout(packages: readonly ShippedPackage[]): string | undefined {
  const refused = packages.filter(({ license }) => !isAllowed(license));
  if (refused.length === 0) return undefined;
  const lines = refused.map(
    ({ name, version, license }) =>
      `  ${name}@${version}: ${license || 'none in package-lock.json'}`,
  );
  return (
    'shipped packages have licenses that are not allowed:\n' +
    `${lines.join('\n')}\nRemove them, or add the license to tools/licenses.ts if it allows shipping.`
  );
}

function main([output]: readonly string[]): void {
  const packages = shippedPackages('package-lock.json');
  const complaint = complaintAbout(packages);
  if (complaint !== undefined) throw new Error(complaint);
  if (output !== undefined) writeFileSync(output, noticesOf(packages));
}

/** Each text once, below the names of its packages. */
function noticesOf(packages: readonly ShippedPackage[]): string {
  const namesByText = new Map<string, string[]>();
  for (const each of packages) {
    const text = textOf(each);
    const names = namesByText.get(text) ?? [];
    namesByText.set(text, names);
    names.push(`${each.name} ${each.version} (${each.license})`);
  }
  const line = '-'.repeat(80);
  const parts = Array.from(namesByText, ([text, names]) => `${names.join('\n')}\n\n${text}\n`);
  return `Vigia ships code of these packages.\n\n${parts.map((part) => `${line}\n${part}`).join('\n')}`;
}

function textOf({ path, name, license }: ShippedPackage): string {
  const files = readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile() && TEXT_FILE.test(entry.name))
    .map((entry) => entry.name)
    .sort();
  if (files.length === 0) return `${name} names its license, ${license}, and has no text of it.`;
  return files.map((file) => readFileSync(join(path, file), 'utf8').trim()).join('\n\n');
}

if (import.meta.main) main(process.argv.slice(2));
