import type { FillBools } from './compare-constant.ts';

/** Whether the segment of each row has this name; `holds` false: whether it has another one. */
export function segmentTest(name: string, holds: boolean): FillBools {
  return (out, batch) => {
    const { of, errors, names } = batch.segmentPlaces();
    // Without a segment it is null, which is equal to no name.
    const table = Uint8Array.from([null, ...names], (one) => +((one === name) === holds));
    let all = 0;
    for (let row = 0; row < batch.rows; row++) {
      const error = errors === null ? 0 : errors[row]!;
      all |= out[row] = error === 0 ? table[of === null ? 0 : of[row]!]! : error;
    }
    return all;
  };
}
