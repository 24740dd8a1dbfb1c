/** Result of looking up a node's name in the Kubernetes API. */
export interface NodeLookup {
  readonly name: string;
  /** Undefined if the API has neither nodes nor pods, and before its response. */
  readonly isKnown: boolean | undefined;
  /** Some of the existing names, sorted. */
  readonly known: readonly string[];
}

const MOST_SHOWN = 5;

/** Error text for a name that the API does not know. */
export function unknownNodeText({ name, known }: NodeLookup): string {
  const more = known.length - MOST_SHOWN;
  const others = known.slice(0, MOST_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return `the Kubernetes API has no node ${name}; it has ${others}`;
}

/** Remedy for it. */
export const NODE_NAME_REMEDY = 'set --node-name (VIGIA_NODE_NAME) to one of these';
