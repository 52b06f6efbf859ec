// What a quick walk (`quickWalk`) is made of. Each piece goes on from `at`, and returns a row that it
// cannot read for the reader to read it from its start.

/** To be said after each step that moves `at` by a length. */
export const INSIDE = 'if (at > end) return row;';

/** Moves over a number of at most so many bytes. */
export const skipped = (bytes: number): string[] => [
  `stop = at + ${bytes - 1};`,
  'while (at < end && at < stop && bytes[at] >= 0x80) at++;',
  'if (at >= end || bytes[at] >= 0x80) return row;',
  'at++;',
];

/** A length in one byte, `first`. Its lowest bit is the sign. */
export const LENGTH_BYTE = `
  if (at >= end) return row;
  first = bytes[at];
  if ((first & 0x81) !== 0) return row;`;

export const TEXT_BYTES = [LENGTH_BYTE, 'start = at + 1;', 'at = start + (first >> 1);', INSIDE];

const MIXED = `
  word = Math.imul(word, 0xcc9e2d51);
  word = Math.imul((word << 15) | (word >>> 17), 0x1b873593);
  hash ^= word;
  hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;`;

/** As `putHash`, from `start` to `at`. A text that is not ASCII is left to the reader. */
export const HASH = `
  hash = at - start;
  all = 0;
  if (hash >= 4) {
    stop = base + at - 4;
    for (place = base + start; place < stop; place += 4) {
      word = view.getInt32(place, true);
      all |= word;
      ${MIXED}
    }
    word = view.getInt32(stop, true);
    all |= word;
  } else {
    for (place = start; place < at; place++) all = (all << 8) | bytes[place];
    word = all;
  }
  ${MIXED}
  if ((all & 0x80808080) !== 0) return row;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash ^= hash >>> 16;`;

/** As `TEXT_BYTES` before it: the bytes from `start` to `at`. Others than ASCII are left to the reader. */
export const ASCII = `
  all = 0;
  for (place = start; place < at; place++) all |= bytes[place];
  if (all > 0x7f) return row;`;

/**
 * A number in one to three bytes, as `first`; or in up to seven bytes, such as a time, as `wide`, and
 * then `scale` is not 0. A double holds all of these exactly. A longer one is left to the reader.
 */
export const NUMBER = `
  if (at >= end) return row;
  first = bytes[at++];
  scale = 0;
  if (first >= 0x80) {
    if (at >= end) return row;
    first = (first & 0x7f) | (bytes[at++] << 7);
    if (first >= 0x4000) {
      if (at >= end) return row;
      first = (first & 0x3fff) | (bytes[at++] << 14);
      if (first >= 0x200000) {
        first &= 0x1fffff;
        wide = first >>> 1;
        for (scale = 0x100000; ; scale *= 128) {
          if (at >= end || scale > 0x400000000000) return row;
          word = bytes[at++];
          wide += (word & 0x7f) * scale;
          if (word < 0x80) break;
        }
        if ((first & 1) !== 0) wide = -wide - 1;
      }
    }
  }
  first = (first >>> 1) ^ -(first & 1);`;
