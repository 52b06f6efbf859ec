/**
 * The hash of bytes [start, end) of a view: MurmurHash3 over words of four bytes. The last word
 * overlaps the one before it, so that no byte is read alone where there are four.
 */
export function hashBytes(view: DataView, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  if (hash >= 4) {
    for (const last = end - 4; at < last; at += 4) hash = mixed(hash, view.getInt32(at, true));
    hash = mixed(hash, view.getInt32(end - 4, true));
  } else {
    let word = 0;
    for (; at < end; at++) word = (word << 8) | view.getUint8(at);
    hash = mixed(hash, word);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function mixed(hash: number, word: number): number {
  let bits = Math.imul(word, 0xcc9e2d51);
  bits = Math.imul((bits << 15) | (bits >>> 17), 0x1b873593);
  const joined = hash ^ bits;
  return (Math.imul((joined << 13) | (joined >>> 19), 5) + 0xe6546b64) | 0;
}
