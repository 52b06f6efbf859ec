import { featureNotes } from '../../../src/commands/check-report.ts';

describe('what check says of a column', () => {
  it.each([
    [Number.NaN, 'null → NaN'],
    [-1.5, 'null → -1.5'],
    ['none', 'null → "none"'],
  ])('names what stands for null: %p', (missing, told) => {
    expect(featureNotes({ field: 'altitude', transforms: [], missing }, true)).toBe(told);
  });

  it('says that null is a dead letter where nothing stands for it', () => {
    expect(featureNotes({ field: 'altitude', transforms: [] }, true)).toContain(
      'null is a dead letter',
    );
  });
});
