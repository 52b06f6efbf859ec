/**
 * Strings where they stand in the records, as UTF-8. Each row has four numbers in `places`: the place
 * of its block in `blocks`, where its bytes begin and end there, and their hash (`hashBytes`). Strings
 * of JavaScript are made only if somebody asks for `values`.
 */
export class Utf8Column {
  readonly as = 'utf8';
  readonly width = 1;
  readonly state: Uint8Array;
  readonly places: Int32Array;
  readonly blocks: Buffer[];
  #values: string[] | undefined;

  /** `blocks`: those of several columns may be the same list. */
  constructor(state: Uint8Array, places = new Int32Array(4 * state.length), blocks: Buffer[] = []) {
    this.state = state;
    this.places = places;
    this.blocks = blocks;
  }

  /** A string for each row, '' where there is none. */
  get values(): readonly string[] {
    this.#values ??= this.#texts();
    return this.#values;
  }

  /** The length of the texts together. */
  get length(): number {
    const { places } = this;
    let bytes = 0;
    for (let place = 0; place < places.length; place += 4)
      bytes += places[place + 2]! - places[place + 1]!;
    return bytes;
  }

  /** The same with a copy of the texts, so that the blocks, which are much larger, are free. */
  withoutBlocks(): Utf8Column {
    const copy = new Utf8Column(this.state);
    const own = Buffer.allocUnsafeSlow(this.length);
    copy.blocks.push(own);
    const { places, blocks } = this;
    const into = copy.places;
    let at = 0;
    for (let place = 0; place < places.length; place += 4) {
      const block = blocks[places[place]!]!;
      const end = places[place + 2]!;
      into[place + 1] = at;
      // most are shorter than what a call to copy them costs
      for (let from = places[place + 1]!; from < end; from++) own[at++] = block[from]!;
      into[place + 2] = at;
      into[place + 3] = places[place + 3]!;
    }
    return copy;
  }

  #texts(): string[] {
    const { state, places, blocks } = this;
    const known = new Map<number, string>();
    return Array.from(state, (now, row) => {
      if (now !== 0) return '';
      const place = 4 * row;
      const [start, end, hash] = [places[place + 1]!, places[place + 2]!, places[place + 3]!];
      const bytes = blocks[places[place]!]!;
      const before = known.get(hash);
      if (before !== undefined && isAscii(before, bytes, start, end)) return before;
      const text = bytes.toString('utf8', start, end);
      if (end - start <= MAX_KNOWN) known.set(hash, text);
      return text;
    });
  }
}

/** To make a string costs more than to compare a short one with one that is there. */
const MAX_KNOWN = 32;

function isAscii(text: string, bytes: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f || unit !== bytes[start + i]) return false;
  }
  return true;
}
