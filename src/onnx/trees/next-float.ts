const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The next lower number of single precision: everything less than a number is at most this. */
export function nextBelow(value: number): number {
  float[0] = value;
  if (float[0] === 0) bits[0] = 0x8000_0001 | 0;
  else bits[0] = bits[0]! + (float[0] > 0 ? -1 : 1);
  return float[0];
}

/** The next higher number of single precision. */
export function nextAbove(value: number): number {
  return -nextBelow(-value);
}
