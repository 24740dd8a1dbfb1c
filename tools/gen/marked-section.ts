/**
 * Replaces the part of a document between `<!-- NAME: … -->` and `<!-- /NAME -->`. Throws if the
 * marks are missing.
 */
export function withSection(document: string, name: string, body: string): string {
  const section = new RegExp(`(<!-- ${name}: [^>]*-->\\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!section.test(document)) throw new Error(`the marks of the section ${name} are missing`);
  return document.replace(section, (_, begin, end) => `${begin}${body}${end}`);
}
