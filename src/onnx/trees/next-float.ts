const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/**
 * The next number of single precision below: what is less than a number is at most the one before
 * it.
 */
export function nextBelow(value: number): number {
  float[0] = value;
  if (float[0] === 0) bits[0] = 0x8000_0001 | 0;
  else bits[0] = bits[0]! + (float[0] > 0 ? -1 : 1);
  return float[0];
}

/** The next number of single precision above. */
export function nextAbove(value: number): number {
  return -nextBelow(-value);
}
