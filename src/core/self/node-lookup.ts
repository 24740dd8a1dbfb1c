/** What the Kubernetes API says of a node's name. */
export interface NodeLookup {
  readonly name: string;
  /** Undefined where the API has neither nodes nor pods, and before it has answered. */
  readonly isKnown: boolean | undefined;
  /** Some of the names that it does know, in order. */
  readonly known: readonly string[];
}

const MOST_SHOWN = 5;

/** What is wrong with a name that the API does not know. */
export function unknownNodeText({ name, known }: NodeLookup): string {
  const more = known.length - MOST_SHOWN;
  const others = known.slice(0, MOST_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return `the Kubernetes API knows no node ${name}, but ${others}`;
}

/** What to do about it. */
export const NODE_NAME_REMEDY = 'set --node-name or VIGIA_NODE_NAME to one that it knows';
