/**
 * The 32-bit MurmurHash2 that Kafka's default partitioner takes of a key (Appleby's algorithm, seed
 * 0x9747b28c), signed.
 */
export function murmur2(key: Buffer): number {
  const mix = (k: number): number => {
    const m = Math.imul(k, 0x5bd1e995);
    return Math.imul(m ^ (m >>> 24), 0x5bd1e995);
  };
  let hash = 0x9747b28c ^ key.length;
  const whole = key.length & ~3;
  for (let i = 0; i < whole; i += 4) hash = Math.imul(hash, 0x5bd1e995) ^ mix(key.readInt32LE(i));
  if (whole < key.length) {
    hash = Math.imul(hash ^ key.readUIntLE(whole, key.length - whole), 0x5bd1e995);
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0x5bd1e995);
  return hash ^ (hash >>> 15);
}
