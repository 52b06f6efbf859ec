import { APIS, LENGTH_BYTES, nameOf, type RequestHead } from './frames.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The address to put in the place of a broker's; undefined: it is none of ours. */
export type Readdress = (address: Address) => Address | undefined;

/**
 * An answer holds addresses in a form that is not known here: a client would find the way around
 * the proxy.
 */
export class UnknownForm extends Error {}

const BODY = 2 * LENGTH_BYTES; // behind the length and the correlation id
const INT16 = 2;
const INT32 = 4;
/** The last versions whose form is known here. */
const NEWEST: ReadonlyMap<number, number> = new Map([
  [APIS.Metadata, 12],
  [APIS.FindCoordinator, 2],
]);
/** From this version on it has tagged fields and compact texts. */
const FLEXIBLE_METADATA = 9;

/**
 * The answer as the proxy's client shall see it: every address of a broker is the proxy's own. Only
 * Metadata and FindCoordinator name brokers in the versions that our clients ask for (Produce and
 * Fetch would from KIP-951 on).
 */
export function rewriteAnswer(
  { key, version }: RequestHead,
  answer: Buffer,
  readdress: Readdress,
): Buffer {
  const newest = NEWEST.get(key);
  if (newest === undefined) return answer;
  if (version > newest)
    throw new UnknownForm(`${nameOf(key)} ${version} is newer than the proxy knows (${newest})`);
  const rewriting = new Rewriting(
    answer,
    readdress,
    key === APIS.Metadata && version >= FLEXIBLE_METADATA,
  );
  if (key === APIS.Metadata) metadata(rewriting, version);
  else coordinator(rewriting, version);
  return rewriting.result();
}

function metadata(at: Rewriting, version: number): void {
  at.tags(); // of the head
  if (version >= 3) at.skip(INT32); // throttle time
  for (let brokers = at.count(); brokers > 0; brokers--) {
    at.skip(INT32); // node id
    at.address();
    if (version >= 1) at.text(); // rack
    at.tags();
  }
}

function coordinator(at: Rewriting, version: number): void {
  if (version >= 1) at.skip(INT32); // throttle time
  at.skip(INT16); // error
  if (version >= 1) at.text(); // its message
  at.skip(INT32); // node id
  at.address();
}

/** Reads an answer, and copies it piece by piece around the addresses. */
class Rewriting {
  readonly #answer: Buffer;
  readonly #readdress: Readdress;
  /** Lengths are varints of one more, and there are tagged fields (KIP-482). */
  readonly #flexible: boolean;
  readonly #pieces: Buffer[] = [];
  #at = BODY;
  #copied = 0;

  constructor(answer: Buffer, readdress: Readdress, flexible: boolean) {
    this.#answer = answer;
    this.#readdress = readdress;
    this.#flexible = flexible;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  count(): number {
    return this.#flexible ? this.#varint() - 1 : this.#int32();
  }

  text(): string {
    const length = Math.max(0, this.#flexible ? this.#varint() - 1 : this.#int16()); // -1: null
    const from = this.#at;
    this.#at += length;
    return this.#answer.toString('utf8', from, this.#at);
  }

  tags(): void {
    if (!this.#flexible) return;
    for (let tags = this.#varint(); tags > 0; tags--) {
      this.#varint(); // which
      const bytes = this.#varint();
      this.#at += bytes;
    }
  }

  address(): void {
    const from = this.#at;
    const host = this.text();
    const port = this.#int32();
    const other = this.#readdress({ host, port });
    if (other === undefined) return;
    const text = Buffer.from(other.host);
    const lengthBytes = this.#flexible ? 1 : INT16;
    const piece = Buffer.alloc(lengthBytes + text.length + INT32);
    if (this.#flexible) piece.writeUInt8(text.length + 1, 0); // a host of ours is short
    else piece.writeInt16BE(text.length, 0);
    text.copy(piece, lengthBytes);
    piece.writeInt32BE(other.port, lengthBytes + text.length);
    this.#pieces.push(this.#answer.subarray(this.#copied, from), piece);
    this.#copied = this.#at;
  }

  result(): Buffer {
    if (this.#pieces.length === 0) return this.#answer;
    const whole = Buffer.concat([...this.#pieces, this.#answer.subarray(this.#copied)]);
    whole.writeInt32BE(whole.length - LENGTH_BYTES, 0);
    return whole;
  }

  #int16(): number {
    this.#at += INT16;
    return this.#answer.readInt16BE(this.#at - INT16);
  }

  #int32(): number {
    this.#at += INT32;
    return this.#answer.readInt32BE(this.#at - INT32);
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#answer.readUInt8(this.#at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
}
