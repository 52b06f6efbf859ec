import { VALUE, NULL, type Column } from '../../../src/flow/events.ts';
import { Fates } from '../../../src/flow/fates.ts';
import { isMarked } from '../../../src/flow/profile-marks.ts';
import { createMarker } from '../../../src/monitor/profile-marker.ts';
import type { ReferenceSeries } from '../../../src/monitor/profile-series.ts';
import { numericSlots } from '../../../src/monitor/reference.ts';
import { createSlotCodes } from '../../../src/monitor/slot-codes.ts';

const histogram = { edges: [1], counts: [5, 5], low: 0, high: 2 };

function series(name: string, field: string, slot: number, missing: number): ReferenceSeries {
  return {
    name,
    field: { name, field, kind: 'numeric', slot, width: 1 },
    reference: { name, field, kind: 'numeric', missing, ...histogram },
    slots: numericSlots(histogram, missing),
    hours: undefined,
  };
}

const column = (...values: (number | null)[]): Column => ({
  as: 'number',
  width: 1,
  values: Float64Array.from(values, (value) => value ?? 0),
  state: Uint8Array.from(values, (value) => (value === null ? NULL : VALUE)),
});

it('marks fields whose value the reference has not, each field once', () => {
  const all = [series('a', 'a', 0, 0), series('b[0]', 'b', 1, 3), series('b[1]', 'b', 2, 3)];
  const score = { ...series('score', '', 0, 0), field: undefined };
  const markOutside = createMarker([...all, score], createSlotCodes([...all, score]));
  const columns = [column(1, -1, null, 1), column(1, 1, null, 3), column(1, 9, 1, 1)];
  const marks = markOutside({ columns, fates: new Fates(4) });
  expect(marks.names).toEqual(['a', 'b']);
  const marked = Array.from({ length: 4 }, (_, row) =>
    marks.names.filter((_name, i) => isMarked(marks, row, i)),
  );
  expect(marked).toEqual([[], ['a', 'b'], ['a'], ['b']]);
});
