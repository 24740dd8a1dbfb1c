/** The result of looking up this node's name in the Kubernetes API. */
export interface NodeLookup {
  readonly name: string;
  /** Undefined before the API has responded, and if it has neither nodes nor pods. */
  readonly isKnown: boolean | undefined;
  /** Some of the names that it has, sorted. */
  readonly known: readonly string[];
}

const MOST_SHOWN = 5;

/** Describes a name that the API does not know. */
export function unknownNodeText({ name, known }: NodeLookup): string {
  const more = known.length - MOST_SHOWN;
  const others = known.slice(0, MOST_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return `the Kubernetes API has no node ${name}; it has ${others}`;
}

/** The remedy for that. */
export const NODE_NAME_REMEDY = 'set --node-name (VIGIA_NODE_NAME) to one of these';
