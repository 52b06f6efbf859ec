import { ABSENT, MISMATCH, NULL, TOO_MANY, VALUE } from '../../../src/flow/events.ts';
import type { ProjectedField } from '../../../src/flow/projection.ts';
import { cellsOf } from '../../support/cells.ts';
import { fatesOf, framed, givenDecoder } from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';
import type { Schema } from '../../support/random-avro.ts';

const event = (type: Schema) =>
  ({ type: 'record', name: 'Event', fields: [{ name: 'f', type }] }) as Schema;
const array = (items: unknown): Schema => ({ type: 'array', items });

async function matrix(
  of: { writer: Schema; reader?: Schema; dims: readonly number[]; fields?: readonly string[] },
  ...given: readonly unknown[]
) {
  const { writer, reader = writer, dims, fields } = of;
  const size = dims.reduce((all, one) => all * one, 1);
  const need: ProjectedField = {
    path: 'f',
    as: 'vector',
    size,
    dims,
    optional: false,
    ...(fields === undefined ? {} : { fields }),
  };
  const decoder = givenDecoder({
    reader: event(reader),
    writers: { 1: event(writer) },
    fields: [need],
  });
  const events = await decoder.decode(
    given.map((f) => framed(1, plainType(event(writer)).toBuffer({ f }))),
  );
  expect(fatesOf(events)).toEqual(given.map(() => 'alive'));
  const cells = given.map((_, row) => cellsOf(events.columns[0]!, row));
  return {
    values: cells.map((row) => row.map(({ value }) => value)),
    states: cells.map((row) => row.map(({ state }) => state)),
  };
}

const [v, n, a, m, t] = [VALUE, NULL, ABSENT, MISMATCH, TOO_MANY];

describe('arrays in arrays', () => {
  it('are read row by row, in every event its own', async () => {
    const { values } = await matrix(
      { writer: array(array('float')), dims: [2, 2] },
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    );
    expect(values).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
  });

  it('are read as deep as they go', async () => {
    const { values } = await matrix({ writer: array(array(array('int'))), dims: [1, 2, 2] }, [
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    expect(values).toEqual([[1, 2, 3, 4]]);
  });

  it('say where a row is short, null or of another type', async () => {
    const rows = array(['null', { type: 'array', items: ['null', 'double', 'string'] }, 'string']);
    const { states } = await matrix(
      { writer: rows, dims: [3, 2] },
      [{ array: [{ double: 1 }] }, null, { array: [null, { string: 'x' }] }],
      [{ string: 'x' }],
    );
    expect(states).toEqual([
      [v, a, n, a, n, m],
      [m, a, a, a, a, a],
    ]);
  });

  it('say where there are too many rows, or numbers in a row', async () => {
    const { states } = await matrix(
      { writer: array(array('double')), dims: [2, 1] },
      [[1], [2], [3]],
      [[1], [2, 3]],
      [[1], [2]],
    );
    expect(states).toEqual([
      [t, v],
      [v, t],
      [v, v],
    ]);
  });
});

describe('arrays of records', () => {
  const reading = (...fields: readonly unknown[]): Schema =>
    array({ type: 'record', name: 'Reading', fields });
  const heat = { name: 'heat', type: 'double' };
  const speed = { name: 'speed', type: ['null', 'int'] };

  it('give their fields in the order asked for, whatever the order they are written in', async () => {
    const writer = reading({ name: 'unit', type: 'string' }, heat, speed);
    const { values, states } = await matrix({ writer, dims: [2, 2], fields: ['speed', 'heat'] }, [
      { unit: 'K', heat: 1.5, speed: { int: 7 } },
      { unit: 'K', heat: 2.5, speed: null },
    ]);
    expect(values).toEqual([[7, 1.5, 0, 2.5]]);
    expect(states).toEqual([[v, v, n, v]]);
  });

  it('take a field by its alias, and the default of one that the writer does not have', async () => {
    const writer = reading({ name: 'warmth', type: 'float' }, { name: 'more', type: 'string' });
    const reader = reading(
      { name: 'rate', type: 'int', default: 9 },
      { ...heat, aliases: ['warmth'] },
      { name: 'none', type: 'int' },
    );
    const { values, states } = await matrix(
      { writer, reader, dims: [2, 3], fields: ['heat', 'rate', 'none'] },
      [
        { warmth: 0.5, more: 'x' },
        { warmth: 1.5, more: '' },
      ],
    );
    expect(values).toEqual([[0.5, 9, 0, 1.5, 9, 0]]);
    expect(states).toEqual([[v, v, a, v, v, a]]);
  });
});
