/** Texts of one length up to this many bytes have different hashes. */
export const HASHED_ALONE = 4;
/** So have texts of one length up to this many bytes that begin with the same four. */
export const HASHED_WITH_FIRST = 8;

/** The hash of bytes [start, end) of a view. See `putHash`. */
export function hashBytes(view: DataView, start: number, end: number): number {
  putHash(view, start, end, ONE, 0);
  return ONE[0]!;
}

const ONE = new Int32Array(1);

/**
 * Puts the hash of bytes [start, end) of a view into `into[place]`: MurmurHash3 over words of four
 * bytes. The last word overlaps the one before it, so that no byte is read alone where there are
 * four. Returns whether all bytes are ASCII, because whoever reads a text needs both and they cost
 * one walk.
 */
export function putHash(
  view: DataView,
  start: number,
  end: number,
  into: Int32Array,
  place: number,
): boolean {
  let hash = end - start;
  let at = start;
  let all = 0;
  if (hash >= HASHED_ALONE) {
    const last = end - 4;
    for (; at < last; at += 4) {
      const word = view.getInt32(at, true);
      all |= word;
      hash = mixed(hash, word);
    }
    const word = view.getInt32(last, true);
    all |= word;
    hash = mixed(hash, word);
  } else {
    for (; at < end; at++) all = (all << 8) | view.getUint8(at);
    hash = mixed(hash, all);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  into[place] = hash ^ (hash >>> 16);
  return (all & 0x80808080) === 0;
}

function mixed(hash: number, word: number): number {
  let bits = Math.imul(word, 0xcc9e2d51);
  bits = Math.imul((bits << 15) | (bits >>> 17), 0x1b873593);
  const joined = hash ^ bits;
  return (Math.imul((joined << 13) | (joined >>> 19), 5) + 0xe6546b64) | 0;
}
