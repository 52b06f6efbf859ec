import { rowsOfShare } from '../../src/rollout/key-share.ts';

const shares = new Map<string, boolean>();

/** Whether a key belongs to a share of so many percent, as the program itself says. */
export function inShare(key: string, percent: number): boolean {
  const asked = `${percent} ${key}`;
  let answer = shares.get(asked);
  if (answer === undefined) {
    const record = { offset: 0n, timestamp: 0, key: Buffer.from(key), value: null };
    const batch = { topic: '', partition: 0, records: [record], closedBy: 'end' } as never;
    answer = rowsOfShare(batch, percent).length === 1;
    shares.set(asked, answer);
  }
  return answer;
}
