import { alarmsOf, shownSet } from '../../../src/compose/side-identity.ts';
import { identity } from '../compare/given.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

describe('who scores on a side', () => {
  it.each([
    ['model.champion=4', 'model.champion=4'],
    ['decision.bands=[{ decision: X }]', 'decision.bands=[{ decision: X }]'],
    ['model.champion=@champion', 'model.champion=@champion'],
    ['decision={ file: p.yaml }', 'decision={ file: p.yaml }'],
    ['input.topics[0]=t', 'input.topics[0]=t'],
    ['kafka.sasl.password=SECRET=x', 'kafka.sasl.password=…'],
    ['kafka={ sasl: { password: SECRET } }', 'kafka=…'],
    ['model.registry={ token: SECRET }', 'model.registry=…'],
    ['model.source=https://user:SECRET@host/m', 'model.source=…'],
  ])('shows of %s only what is no secret', (set, shown) => {
    expect(shownSet(set)).toBe(shown);
  });

  it('takes alarms that any of the two decides', async () => {
    const sides = {
      a: { identity: identity({ decisions: ['OK', 'STOP'] }) },
      b: { identity: identity({ decisions: ['OK', 'CALL'] }) },
    };
    expect(alarmsOf('STOP,CALL', sides)).toEqual(['STOP', 'CALL']);
    expect(alarmsOf(undefined, sides)).toBeUndefined();
    const { problems } = await scorerErrorOf(() => alarmsOf('STOPP', sides));
    expect(problems[0]).toMatchObject({ where: '--alarm', remedy: 'Did you mean STOP?' });
  });
});
