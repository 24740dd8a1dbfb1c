/** Users create the objects of the API, so every field is checked. */

/** Longest name in Kubernetes: a DNS subdomain of RFC 1123. */
const LONGEST_NAME = 253;

const SURROGATE = /[\ud800-\udfff]/;
const HALVES = /\p{Cs}/gu;

/** The value at a path of keys; undefined if a key is missing. */
export function at(json: unknown, ...keys: readonly string[]): unknown {
  let found = json;
  for (const key of keys) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[key];
  }
  return found;
}

/** A name; '' if it is absent, not a string, or too long. */
export function nameAt(json: unknown, ...keys: readonly string[]): string {
  const found = at(json, ...keys);
  if (typeof found !== 'string' || found.length > LONGEST_NAME) return '';
  // UTF-8 cannot encode half of a surrogate pair.
  return SURROGATE.test(found) ? found.replace(HALVES, '\uFFFD') : found;
}

/** The first `most` elements; empty if it is not an array. */
export function listAt(
  json: unknown,
  most: number,
  ...keys: readonly string[]
): readonly unknown[] {
  const found = at(json, ...keys);
  return Array.isArray(found) ? found.slice(0, most) : [];
}

/** Unix time in milliseconds; 0 if it is not a time. */
export function timeMsAt(json: unknown, ...keys: readonly string[]): number {
  const ms = Date.parse(nameAt(json, ...keys));
  return Number.isFinite(ms) ? ms : 0;
}

/** Undefined if it is not JSON. */
export function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
