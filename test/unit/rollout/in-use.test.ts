import { InUse } from '../../../src/rollout/in-use.ts';

function counted() {
  const given = { back: 0 };
  const inUse = new InUse('it', async () => {
    given.back += 1;
  });
  return { inUse, given };
}

describe('what is in use', () => {
  it('is given back once, when neither its owner nor anybody else holds it', async () => {
    const { inUse, given } = counted();
    const [first, second] = [inUse.hold(), inUse.hold()];
    first();
    inUse.release();
    expect(given.back).toBe(0);
    second();
    await inUse.over;
    expect(given.back).toBe(1);
  });

  it('counts the end of a hold once', () => {
    const { inUse, given } = counted();
    const [first, second] = [inUse.hold(), inUse.hold()];
    first();
    first();
    inUse.release();
    inUse.release();
    expect(given.back).toBe(0);
    second();
    expect(given.back).toBe(1);
  });

  it('can be ended whoever holds it, and is not held from then on', async () => {
    const { inUse, given } = counted();
    const held = inUse.hold();
    await inUse.end();
    held();
    inUse.release();
    await inUse.end();
    expect(given.back).toBe(1);
    expect(() => inUse.hold()).toThrow('already released');
  });

  it('says what giving it back fails with', async () => {
    const inUse = new InUse('it', () => Promise.reject(new Error('stuck')));
    await expect(inUse.end()).rejects.toThrow('stuck');
  });
});
