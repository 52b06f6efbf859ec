import type { Decisions } from '../flow/scores.ts';
import { nullableStringBytes } from './avro-bytes.ts';

/** The decision of a row with what decided it and its segment, as the bytes of three fields. */
export interface Verdicts {
  /** Length of the longest. */
  readonly bytes: number;
  readonly of: (row: number) => Buffer;
}

/**
 * A batch has few different verdicts, so each is encoded once per policy. The names of a policy are
 * the same object in every batch.
 */
const ENCODED = new WeakMap<readonly string[], Map<number, Buffer>>();

export function verdictsOf(decisions: Decisions): Verdicts {
  const { names, index, deciders, decidedBy, segments, segmentOf } = decisions;
  if (index === null) {
    const none = verdict(null, null, null);
    return { bytes: none.length, of: () => none };
  }
  let encoded = ENCODED.get(names);
  if (encoded === undefined) ENCODED.set(names, (encoded = new Map<number, Buffer>()));
  const known = encoded;
  const several = decidedBy !== null || segmentOf !== null;
  const encode = (row: number, key: number): Buffer => {
    const segment = segmentOf === null ? 0 : segmentOf[row]!;
    const bytes = verdict(
      names[index[row]!]!,
      deciders[decidedBy === null ? 0 : decidedBy[row]!] ?? null,
      segment === 0 ? null : segments[segment - 1]!,
    );
    known.set(key, bytes);
    return bytes;
  };
  const width = deciders.length * (segments.length + 1);
  return {
    bytes: longest(names) + longest(deciders) + longest(segments),
    of: (row) => {
      let key = index[row]! * width;
      if (several) {
        key +=
          (decidedBy === null ? 0 : decidedBy[row]!) * (segments.length + 1) +
          (segmentOf === null ? 0 : segmentOf[row]!);
      }
      return known.get(key) ?? encode(row, key);
    },
  };
}

function verdict(decision: string | null, by: string | null, segment: string | null): Buffer {
  return Buffer.concat([decision, by, segment].map(nullableStringBytes));
}

function longest(names: readonly string[]): number {
  return Math.max(1, ...names.map((name) => nullableStringBytes(name).length));
}
