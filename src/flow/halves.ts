/** Longs as pairs of 32 bits, the lower ones first. */
export const halvesOf = ({ buffer, byteOffset, length }: BigInt64Array): Int32Array =>
  new Int32Array(buffer, byteOffset, 2 * length);
