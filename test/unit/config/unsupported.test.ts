import { unsupported } from '../../../src/config/unsupported.ts';
import { LEAST, load } from './given.ts';

describe('keys this version does not act on yet', () => {
  it('are none by default, with a token too', async () => {
    expect(unsupported(await load(`${LEAST}\nhttp: { token: t }`))).toEqual([]);
  });

  it('are named when they are set', async () => {
    const settings = await load(`${LEAST}
decision: { bands: [{ decision: A }] }
explain: { decisions: [A] }`);
    expect(unsupported(settings).map(({ path }) => path)).toEqual(['explain']);
  });
});
