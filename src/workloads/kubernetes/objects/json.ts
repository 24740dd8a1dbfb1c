/** Objects of the API are made by whoever may make pods: nothing in them is taken on trust. */

/** The longest name that Kubernetes allows: a DNS subdomain of RFC 1123. */
const LONGEST_NAME = 253;

const SURROGATE = /[\ud800-\udfff]/;
const HALVES = /\p{Cs}/gu;

/** What lies at the end of the keys; undefined where something on the way is no object. */
export function at(json: unknown, ...keys: readonly string[]): unknown {
  let found = json;
  for (const key of keys) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[key];
  }
  return found;
}

/** A name; '' for what is absent, no text, or longer than any name. */
export function nameAt(json: unknown, ...keys: readonly string[]): string {
  const found = at(json, ...keys);
  if (typeof found !== 'string' || found.length > LONGEST_NAME) return '';
  // Half of a character is no text for UTF-8, in which names are passed on.
  return SURROGATE.test(found) ? found.replace(HALVES, '\uFFFD') : found;
}

/** No more than `most` of them; none where it is no list. */
export function listAt(
  json: unknown,
  most: number,
  ...keys: readonly string[]
): readonly unknown[] {
  const found = at(json, ...keys);
  return Array.isArray(found) ? found.slice(0, most) : [];
}

/** Unix time in milliseconds; 0 for what is no time. */
export function timeMsAt(json: unknown, ...keys: readonly string[]): number {
  const ms = Date.parse(nameAt(json, ...keys));
  return Number.isFinite(ms) ? ms : 0;
}

/** Undefined for what is no JSON. */
export function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
