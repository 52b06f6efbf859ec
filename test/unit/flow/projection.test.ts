import { shareProjection, type ProjectedField } from '../../../src/flow/projection.ts';

const field = (as: ProjectedField['as'], optional: boolean): ProjectedField => ({
  path: 'country',
  as,
  optional,
});

describe('a text that a model needs as strings and somebody else as bytes', () => {
  it.each([
    [[field('text', false)], [field('utf8', true)]],
    [[field('utf8', false)], [field('text', true)]],
  ])('is read once, as bytes', (model, stream) => {
    const shared = shareProjection([model], stream, []);
    expect(shared.projection.fields).toEqual([field('utf8', false)]);
    expect([shared.versions, shared.stream]).toEqual([[[0]], [0]]);
  });

  it('is read as bytes by the plan of each version, too', () => {
    const other = { path: 'amount', as: 'number', optional: false } as const;
    const { projection } = shareProjection(
      [[other, field('text', false)], [field('text', true)]],
      [field('utf8', true)],
      [],
    );
    expect(projection.fields.map(({ as }) => as)).toEqual(['number', 'utf8']);
    expect(projection.views!.map((view) => view.get(1))).toEqual([
      field('utf8', false),
      field('utf8', true),
    ]);
  });
});
