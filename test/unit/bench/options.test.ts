import { readOptions } from '../../../bench/options.ts';

describe('the options of the bench', () => {
  it('name programs that run beside, with their keys', () => {
    const args = [
      '--beside',
      'reasons|explain.top=4|explain.decisions=["A","B"]',
      '--beside',
      'x|a=1',
    ];
    expect(readOptions(args)).toMatchObject({
      beside: [
        { name: 'reasons', sets: ['explain.top=4', 'explain.decisions=["A","B"]'] },
        { name: 'x', sets: ['a=1'] },
      ],
    });
  });

  it.each(['reasons', '|a=1', 'reasons|explain'])('refuse %s as such a program', (text) => {
    expect(() => readOptions(['--beside', text])).toThrow('--beside has to be NAME|PATH=VALUE');
  });
});
