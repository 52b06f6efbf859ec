import { TopicIds } from '../../../src/runtime/topic-ids.ts';

describe('the metadata of a committed offset', () => {
  it('names the topic, and is not believed of another one of that name', () => {
    const ids = new TopicIds();
    ids.set('in', 'first');
    const note = ids.note('in');
    expect(ids.believes('in', note)).toBe(true);
    ids.set('in', 'second');
    expect(ids.believes('in', note)).toBe(false);
  });

  // Other tools set offsets on purpose, and the version before wrote no metadata.
  it.each([undefined, null, '', 'anything'])('is believed where it names none: %s', (metadata) => {
    const ids = new TopicIds();
    ids.set('in', 'first');
    expect(ids.believes('in', metadata)).toBe(true);
  });

  it('names nothing where the broker does not tell ids', () => {
    const ids = new TopicIds();
    ids.set('in', undefined);
    expect(ids.note('in')).toBeUndefined();
    expect(ids.believes('in', 'topicId=first')).toBe(true);
  });
});
