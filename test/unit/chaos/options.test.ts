import { readOptions } from '../../../chaos/options.ts';

describe('the command line of the chaos run', () => {
  it('has defaults for everything', () => {
    expect(readOptions([])).toMatchObject({
      delivery: 'exactly-once',
      replicas: 3,
      minutes: 15,
      bug: undefined,
    });
  });

  it.each([
    ['--delivery', 'twice'],
    ['--bug', 'none'],
    ['--replicas', '1'],
    ['--faults', '0'],
    ['--events', '1.5'],
    ['--swaps', '5'],
    ['--rate', '0'],
    ['--kinds', 'refused'], // without --network
    ['--kafka', '3.9'],
    ['--kafka', '3.9.1 -Dx=y'],
  ])('refuses %s %s', (name, value) => {
    expect(() => readOptions([name, value])).toThrow(`${name} has to be`);
  });

  it('takes kinds and requests of a broken network, and refuses others', () => {
    expect(
      readOptions(['--network', '--kinds', 'refused, half-open', '--apis', 'EndTxn']),
    ).toMatchObject({
      network: true,
      kinds: ['refused', 'half-open'],
      apis: ['EndTxn'],
      brokers: 3,
      atOnce: 1,
    });
    expect(() => readOptions(['--network', '--kinds', 'refused,nothing'])).toThrow(
      '--kinds has to be',
    );
    expect(() => readOptions(['--network', '--apis', 'Fetched'])).toThrow('--apis has to be');
  });

  it('takes a version of the brokers and a guarantee, with either kind of faults', () => {
    const asked = ['--kafka', '3.9.1', '--delivery', 'at-least-once'];
    const expected = { kafkaVersion: '3.9.1', delivery: 'at-least-once' };
    expect(readOptions(asked)).toMatchObject(expected);
    expect(readOptions(['--network', ...asked])).toMatchObject({ network: true, ...expected });
    expect(readOptions([])).toMatchObject({ kafkaVersion: undefined });
  });

  it('has one broker and two replicas for a life of models', () => {
    const expected = { rollout: true, brokers: 1, replicas: 2, swaps: 20 };
    expect(readOptions(['--rollout'])).toMatchObject(expected);
    expect(readOptions(['--rollout', '--brokers', '3', '--swaps', '9'])).toMatchObject({
      brokers: 3,
      swaps: 9,
    });
    expect(() => readOptions(['--rollout', '--network'])).toThrow('without --network');
  });

  it('does not put other brokers than those of the page into the page', () => {
    expect(() => readOptions(['--kafka', '3.9.1', '--write'])).toThrow('without --kafka');
  });
});
