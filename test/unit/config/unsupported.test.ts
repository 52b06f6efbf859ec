import { unsupported } from '../../../src/config/unsupported.ts';
import { LEAST, load } from './given.ts';

describe('keys this version does not act on yet', () => {
  it('are none by default, with a token too', async () => {
    expect(unsupported(await load(`${LEAST}\nhttp: { token: t }`))).toEqual([]);
  });
});
