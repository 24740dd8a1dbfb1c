/** A type as printed by `bpftool -j btf dump`. Its fields depend on its kind. */
export interface BtfType {
  readonly id: number;
  readonly kind: string;
  readonly name: string;
  readonly size?: number;
  readonly type_id?: number;
  readonly nr_elems?: number;
  readonly members?: readonly BtfMember[];
  readonly values?: readonly { readonly name: string; readonly val: number }[];
}

export interface BtfMember {
  readonly name: string;
  readonly type_id: number;
  readonly bits_offset: number;
}

/** The types of one object, by name and by id. */
export class BtfTypes {
  readonly #byId: ReadonlyMap<number, BtfType>;

  constructor(types: readonly BtfType[]) {
    this.#byId = new Map(types.map((type) => [type.id, type]));
  }

  /** Throws if the object has no such struct. */
  struct(name: string): Required<Pick<BtfType, 'name' | 'size' | 'members'>> {
    const { size = 0, members = [] } = this.#named('STRUCT', name);
    return { name, size, members };
  }

  enumeration(name: string): Required<Pick<BtfType, 'name' | 'values'>> {
    return { name, values: this.#named('ENUM', name).values ?? [] };
  }

  /** Names of global variables, in the order in which they are declared. */
  variables(): readonly string[] {
    return [...this.#byId.values()].filter(({ kind }) => kind === 'VAR').map(({ name }) => name);
  }

  /** What a member holds, typedefs resolved; `count` where it is an array of it. */
  element(id: number): { readonly base: BtfType; readonly count?: number } {
    const type = this.#resolve(id);
    if (type.kind !== 'ARRAY') return { base: type };
    return { base: this.#resolve(type.type_id ?? 0), count: type.nr_elems ?? 0 };
  }

  #resolve(id: number): BtfType {
    const type = this.#byId.get(id);
    if (type === undefined) throw new Error(`no BTF type ${id}`);
    const isAlias = type.kind === 'TYPEDEF' || type.kind === 'CONST' || type.kind === 'VOLATILE';
    return isAlias ? this.#resolve(type.type_id ?? 0) : type;
  }

  #named(kind: string, name: string): BtfType {
    for (const type of this.#byId.values())
      if (type.kind === kind && type.name === name) return type;
    throw new Error(`no ${kind} ${name} in the object's BTF`);
  }
}
