/** What a member owned. It reports this to the leader when it joins again. */
export interface Owned {
  /**
   * The generation of the group in which the member had this. If two members claim a partition, the
   * later one had it last.
   */
  readonly generation: number;
  readonly partitions: Readonly<Record<string, readonly number[]>>;
}

export const NOTHING: Owned = { generation: -1, partitions: {} };

/** Owned partitions as the `userData` of a member's metadata. */
export function encodeOwned(owned: Owned): Buffer {
  return Buffer.from(JSON.stringify(owned));
}

/**
 * What a member says it owned. Other programs and earlier versions say nothing, or use another
 * format.
 */
export function decodeOwned(userData: Buffer | null | undefined): Owned {
  if (userData === null || userData === undefined || userData.length === 0) return NOTHING;
  let said: unknown;
  try {
    said = JSON.parse(userData.toString());
  } catch {
    return NOTHING;
  }
  const { generation, partitions } = (said ?? {}) as { generation?: unknown; partitions?: unknown };
  if (!Number.isSafeInteger(generation) || typeof partitions !== 'object' || partitions === null)
    return NOTHING;
  const lists = Object.entries(partitions).filter((entry): entry is [string, number[]] => {
    return (
      Array.isArray(entry[1]) && entry[1].every((partition) => Number.isSafeInteger(partition))
    );
  });
  return { generation: generation as number, partitions: Object.fromEntries(lists) };
}
