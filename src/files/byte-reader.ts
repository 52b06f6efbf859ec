/** Bytes that arrive in chunks and are taken by count. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);
  #from = 0;
  #at = 0;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** How many bytes have been taken. */
  get at(): number {
    return this.#at;
  }

  /** Whether a byte is left. */
  async more(): Promise<boolean> {
    while (this.#from === this.#held.length) {
      const next = await this.#chunks.next();
      if (next.done === true) return false;
      this.#held = next.value;
      this.#from = 0;
    }
    return true;
  }

  /** The next `count` bytes, or undefined if fewer are left. */
  async take(count: number): Promise<Buffer | undefined> {
    // Memory grows with the bytes that really arrive, never with the length that a corrupt file
    // claims.
    const parts: Buffer[] = [];
    for (let rest = count; rest > 0;) {
      if (!(await this.more())) return undefined;
      const part = this.#held.subarray(this.#from, this.#from + rest);
      this.#from += part.length;
      rest -= part.length;
      parts.push(part);
    }
    this.#at += count;
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }
}
