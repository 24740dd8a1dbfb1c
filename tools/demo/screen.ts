import type { WriteStream } from 'node:tty';

export interface Picture {
  readonly title: string;
  /** The first line is a heading. */
  readonly table: readonly string[];
  readonly notes: readonly string[];
}

const [BOLD, DIM, PLAIN] = ['\x1b[1m', '\x1b[2m', '\x1b[0m'];

/** Replaces the previous picture on a terminal, and appends elsewhere. */
export class Screen {
  readonly isLive: boolean;
  readonly #out: WriteStream;
  #height = 0;

  constructor(out: WriteStream) {
    this.#out = out;
    this.isLive = out.isTTY === true;
  }

  show({ title, table: [heading = '', ...rows], notes }: Picture): void {
    const cut = (line: string) =>
      this.isLive ? line.slice(0, this.#out.columns || undefined) : line;
    const styled = (style: string, line: string) =>
      this.isLive ? `${style}${cut(line)}${PLAIN}` : line;
    const lines = [
      cut(title),
      '',
      styled(BOLD, heading),
      ...rows.map(cut),
      '',
      ...notes.map((note) => styled(DIM, note)),
    ];
    const back = this.isLive && this.#height > 0 ? `\x1b[${this.#height}A\x1b[J` : '';
    this.#out.write(`${back}${lines.join('\n')}\n${this.isLive ? '' : '\n'}`);
    this.#height = lines.length;
  }
}
