/**
 * Resolves once every promise that is ready now has had its turn, and what they made ready as well.
 */
export async function everythingReady(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
