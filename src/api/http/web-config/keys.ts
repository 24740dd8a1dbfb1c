/** All problems of a web configuration file. */
export class WebConfigError extends Error {
  override readonly name = 'WebConfigError';
  readonly problems: readonly string[];

  constructor(path: string, problems: readonly string[]) {
    super(problems.map((problem) => `${path}: ${problem}`).join('\n'));
    this.problems = problems;
  }
}

/** The keys of one section. Read each key once, then call `end`, which reports unknown keys. */
export class Keys {
  readonly #section: string;
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #problems: string[];
  readonly #known = new Set<string>();

  constructor(section: string, json: unknown, problems: string[]) {
    this.#section = section;
    this.#problems = problems;
    const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
    this.#object = isObject ? (json as Readonly<Record<string, unknown>>) : {};
    // In YAML, a section without keys is null.
    if (!isObject && json !== undefined && json !== null) this.complain('', 'want keys and values');
  }

  /** Adds "tls_server_config.cert_file: …". With an empty key, the problem is about the section. */
  complain(key: string, problem: string): void {
    const where = [this.#section, key].filter((part) => part !== '').join('.');
    this.#problems.push(`${where === '' ? 'the file' : where}: ${problem}`);
  }

  section(key: string): Keys {
    const where = this.#section === '' ? key : `${this.#section}.${key}`;
    return new Keys(where, this.#read(key), this.#problems);
  }

  text(key: string): string | undefined {
    const found = this.#read(key);
    if (found === undefined || typeof found === 'string') return found || undefined;
    this.complain(key, 'want a string');
    return undefined;
  }

  texts(key: string): readonly string[] {
    const found = this.#read(key) ?? [];
    if (Array.isArray(found) && found.every((each) => typeof each === 'string')) return found;
    this.complain(key, 'want a list of strings');
    return [];
  }

  choice<const Choice extends string>(key: string, choices: readonly Choice[]): Choice | undefined {
    const found = this.text(key);
    const choice = choices.find((each) => each === found);
    if (found !== undefined && choice === undefined)
      this.complain(key, `got ${shown(found)}, want one of ${choices.join(', ')}`);
    return choice;
  }

  flag(key: string): boolean | undefined {
    const found = this.#read(key);
    if (found === undefined || typeof found === 'boolean') return found;
    this.complain(key, 'want true or false');
    return undefined;
  }

  count(key: string): number | undefined {
    const found = this.#read(key);
    if (found === undefined) return undefined;
    if (typeof found === 'number' && Number.isSafeInteger(found) && found > 0) return found;
    this.complain(key, 'want a whole number above 0');
    return undefined;
  }

  /** A duration in the format of Go ("1s", "100ms", "1m30s"), or 0. In milliseconds. */
  durationMs(key: string): number | undefined {
    const found = this.#read(key);
    if (found === undefined) return undefined;
    const ms = found === 0 ? 0 : typeof found === 'string' ? goDurationMs(found) : undefined;
    if (ms === undefined) this.complain(key, 'want a duration such as 50ms or 1s, or 0');
    return ms;
  }

  /** All unread keys, for sections whose keys are names. */
  *rest(): Generator<readonly [key: string, value: unknown]> {
    for (const key of Object.keys(this.#object))
      if (!this.#known.has(key)) yield [key, this.#read(key)];
  }

  /** Reports unread keys. `elsewhere` explains keys that other exporters support. */
  end(elsewhere: Readonly<Record<string, string>> = {}): void {
    const known = [...this.#known];
    for (const [key, value] of this.rest()) {
      if (value === undefined) continue;
      const why = Object.hasOwn(elsewhere, key) ? elsewhere[key] : undefined;
      this.complain(key, why ?? `no such key; the keys are ${known.join(', ')}`);
    }
  }

  /** Null counts as absent, because templates write it for an absent string. */
  #read(key: string): unknown {
    this.#known.add(key);
    return Object.hasOwn(this.#object, key) ? (this.#object[key] ?? undefined) : undefined;
  }
}

const MS_PER = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

function goDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([all]) => all).join('') !== text) return undefined;
  const msOf = ([, digits, unit]: RegExpMatchArray) =>
    Number(digits) * MS_PER[unit as keyof typeof MS_PER];
  return parts.reduce((sum, part) => sum + msOf(part), 0);
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
