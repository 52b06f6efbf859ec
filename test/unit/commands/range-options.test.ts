import { boundOf, boundsOf } from '../../../src/commands/range-options.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

const NOW = Date.parse('2026-11-27T12:00:00Z');
const timeOf = (text: string): string => {
  const bound = boundOf(text, '--from', NOW);
  return bound !== undefined && 'time' in bound ? new Date(bound.time).toISOString() : 'none';
};
const offsetsOf = (text: string): readonly (number | undefined)[] => {
  const bound = boundOf(text, '--from', NOW);
  return bound !== undefined && 'offset' in bound ? [0, 1, 2].map(bound.offset) : [];
};

describe('where a range begins or ends', () => {
  it('is an offset for all partitions or for some', () => {
    expect(offsetsOf('100')).toEqual([100, 100, 100]);
    expect(offsetsOf('0:100,2:7')).toEqual([100, undefined, 7]);
    expect(boundOf('0:100,2:7', '--from', NOW)).toMatchObject({
      given: { option: '--from', partitions: [0, 2] },
    });
    expect(boundOf(undefined, '--from', NOW)).toBeUndefined();
  });

  it.each([
    ['2026-11-27', '2026-11-27T00:00:00.000Z'],
    ['2026-11-27T10:00', '2026-11-27T10:00:00.000Z'],
    ['2026-11-27T10:00:01.5Z', '2026-11-27T10:00:01.500Z'],
    ['2026-11-27T10:00+02:00', '2026-11-27T08:00:00.000Z'],
    ['90m', '2026-11-27T10:30:00.000Z'],
    ['7d', '2026-11-20T12:00:00.000Z'],
  ])('is a time: %s', (text, iso) => {
    expect(timeOf(text)).toBe(iso);
  });

  it.each(['-1', '1.5', 'yesterday', '2026-13-01', '0:1,', '1e3', '2026-11-27 10:00'])(
    'is not %s',
    async (text) => {
      const { code, problems } = await scorerErrorOf(() => boundOf(text, '--to', NOW));
      expect(code).toBe('INPUT_INVALID');
      expect(problems[0]!.where).toBe('--to');
    },
  );

  it.each([
    ['1h', '2h'],
    ['100', '50'],
    ['100', '100'],
    ['0:100', '50'],
    ['0:100,1:5', '0:50,1:9'],
  ])('is refused where nothing is between its bounds: %s to %s', async (from, to) => {
    const { code, problems } = await scorerErrorOf(() => boundsOf({ from, to }, NOW));
    expect([code, problems[0]!.where]).toEqual(['INPUT_INVALID', '--to']);
  });

  it('is taken where something may be between its bounds', () => {
    expect(boundsOf({ from: '2h', to: '1h' }, NOW).to).toEqual({ time: NOW - 3_600_000 });
    expect(boundsOf({ from: '2026-11-27', to: '100' }, NOW).to).toBeDefined();
    expect(boundsOf({ from: '0:100', to: '1:50' }, NOW).to).toBeDefined();
    expect(boundsOf({ from: '0:100,1:5', to: '0:100,1:9' }, NOW).to).toBeDefined();
  });
});
