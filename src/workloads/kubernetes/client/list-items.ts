/** Longest item, as for a line of a watch. */
const LONGEST = 8 * 1024 ** 2;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d];
const [OPEN_ARRAY, CLOSE_ARRAY] = [0x5b, 0x5d];

/**
 * Splits a list of the API into items while it arrives, because a list of all pods of a cluster does
 * not fit in the heap. Items are the objects in an array of the outermost object.
 */
export class ListItems {
  readonly #onItem: (item: string | undefined) => void;
  readonly #longest: number;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #isInItems = false;
  #isInItem = false;
  #item: string[] = [];
  #itemLength = 0;
  #rest = '';

  /** `take` receives the JSON of each item; undefined for an item that is too long. */
  constructor(onItem: (item: string | undefined) => void, longest: number = LONGEST) {
    this.#onItem = onItem;
    this.#longest = longest;
  }

  /** The list without its items, with the token of the next page. Valid JSON once all has arrived. */
  get rest(): string {
    return this.#rest;
  }

  add(piece: string): void {
    let from = 0;
    for (let i = 0; i < piece.length; i++) {
      const code = piece.charCodeAt(i);
      if (this.#isInString) this.#inString(code);
      else if (code === QUOTE) this.#isInString = true;
      else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
        if (this.#opens(code)) {
          this.#keep(piece.slice(from, i));
          [this.#isInItem, from] = [true, i];
        }
      } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
        if (this.#closes(code)) {
          this.#keep(piece.slice(from, i + 1));
          this.#finishItem();
          from = i + 1;
        }
      } else if (code === COMMA && this.#isInItems && this.#depth === 2) {
        // Drops commas between items, so the rest has `"items":[]`.
        from = i + 1;
      }
    }
    this.#keep(piece.slice(from));
  }

  #inString(code: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (code === BACKSLASH) this.#isEscaped = true;
    else if (code === QUOTE) this.#isInString = false;
  }

  /** Whether an item begins. */
  #opens(code: number): boolean {
    this.#depth += 1;
    if (this.#depth === 2) this.#isInItems = code === OPEN_ARRAY;
    return this.#depth === 3 && this.#isInItems && code === OPEN_OBJECT;
  }

  /** Whether an item ends. */
  #closes(code: number): boolean {
    this.#depth -= 1;
    if (this.#depth === 1) this.#isInItems = false;
    return this.#isInItem && this.#depth === 2 && code === CLOSE_OBJECT;
  }

  #keep(text: string): void {
    if (!this.#isInItem) {
      if (this.#rest.length + text.length <= this.#longest) this.#rest += text;
      return;
    }
    this.#itemLength += text.length;
    if (this.#itemLength > this.#longest) this.#item = [];
    else this.#item.push(text);
  }

  #finishItem(): void {
    const isTooLong = this.#itemLength > this.#longest;
    this.#onItem(isTooLong ? undefined : this.#item.join(''));
    [this.#item, this.#itemLength, this.#isInItem] = [[], 0, false];
  }
}
