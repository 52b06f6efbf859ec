/** Kafka's requests that a run breaks, by the key in their head. */
export const APIS = {
  Produce: 0,
  Fetch: 1,
  ListOffsets: 2,
  Metadata: 3,
  OffsetCommit: 8,
  OffsetFetch: 9,
  FindCoordinator: 10,
  JoinGroup: 11,
  Heartbeat: 12,
  LeaveGroup: 13,
  SyncGroup: 14,
  ApiVersions: 18,
  InitProducerId: 22,
  AddPartitionsToTxn: 24,
  AddOffsetsToTxn: 25,
  EndTxn: 26,
  TxnOffsetCommit: 28,
} as const;

export type Api = keyof typeof APIS;

const NAMES = new Map<number, Api>(Object.entries(APIS).map(([name, key]) => [key, name as Api]));

export const nameOf = (key: number): string => NAMES.get(key) ?? `api ${key}`;

/** What every request says of itself first. */
export interface RequestHead {
  readonly key: number;
  readonly version: number;
  readonly correlationId: number;
}

export const LENGTH_BYTES = 4;
const HEAD_BYTES = 8;
/** No broker takes more by default, and no client of ours asks for as much. */
const MAX_BYTES = 128 * 1024 * 1024;

/** `frame`: with its length in front. */
export function headOf(frame: Buffer): RequestHead {
  if (frame.length < LENGTH_BYTES + HEAD_BYTES)
    throw new Error(`a request of ${frame.length} bytes has no head`);
  return {
    key: frame.readInt16BE(LENGTH_BYTES),
    version: frame.readInt16BE(LENGTH_BYTES + 2),
    correlationId: frame.readInt32BE(LENGTH_BYTES + 4),
  };
}

/** Which request an answer belongs to. */
export function correlationOf(answer: Buffer): number {
  if (answer.length < 2 * LENGTH_BYTES)
    throw new Error(`an answer of ${answer.length} bytes has no head`);
  return answer.readInt32BE(LENGTH_BYTES);
}

/**
 * Finds the frames in a stream of bytes. What it gives out has the length in front, and is whole.
 */
export class FrameSplitter {
  #chunks: Buffer[] = [];
  #held = 0;
  #needed = LENGTH_BYTES;

  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return [];
    let bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    const frames: Buffer[] = [];
    while (bytes.length >= (this.#needed = neededFor(bytes))) {
      frames.push(bytes.subarray(0, this.#needed));
      bytes = bytes.subarray(this.#needed);
    }
    this.#chunks = bytes.length === 0 ? [] : [bytes];
    this.#held = bytes.length;
    return frames;
  }
}

function neededFor(bytes: Buffer): number {
  if (bytes.length < LENGTH_BYTES) return LENGTH_BYTES;
  const length = bytes.readInt32BE(0);
  if (length < LENGTH_BYTES || length > MAX_BYTES)
    throw new Error(`${length} is no length of a Kafka frame`);
  return LENGTH_BYTES + length;
}
