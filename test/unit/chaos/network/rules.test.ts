import { APIS } from '../../../../chaos/network/frames.ts';
import { ArmedRules } from '../../../../chaos/network/rules.ts';

const head = (key: number) => ({ key, version: 1, correlationId: 1 });
const LOSE = { does: 'lose' } as const;

describe('what is armed', () => {
  it('hits one frame of its request and direction, and says so', async () => {
    const rules = new ArmedRules();
    const { fired } = rules.arm({ direction: 'answer', api: 'EndTxn', treatment: LOSE });
    expect(rules.treat('request', head(APIS.EndTxn))).toBeUndefined();
    expect(rules.treat('answer', head(APIS.Fetch))).toBeUndefined();
    expect(rules.treat('answer', head(APIS.EndTxn))).toBe(LOSE);
    expect(rules.treat('answer', head(APIS.EndTxn))).toBeUndefined();
    expect(await fired).toBe('EndTxn');
  });

  it('makes requests late all the while, but for those that are hit', () => {
    const rules = new ArmedRules({ Produce: 300 });
    void rules.arm({ direction: 'request', api: 'Produce', treatment: LOSE });
    expect(rules.treat('request', head(APIS.Produce))).toBe(LOSE);
    expect(rules.treat('request', head(APIS.Produce))).toEqual({ does: 'be overtaken', ms: 300 });
    expect(rules.treat('answer', head(APIS.Produce))).toBeUndefined();
    expect(rules.treat('request', head(APIS.Fetch))).toBeUndefined();
  });

  it('hits whatever comes once it is widened, and nothing once it is disarmed', async () => {
    const rules = new ArmedRules();
    const armed = rules.arm({ direction: 'answer', api: 'JoinGroup', treatment: LOSE });
    armed.widen();
    expect(rules.treat('answer', head(APIS.Fetch))).toBe(LOSE);
    expect(await armed.fired).toBe('Fetch');
    rules.arm({ direction: 'answer', api: 'Fetch', treatment: LOSE }).disarm();
    expect(rules.treat('answer', head(APIS.Fetch))).toBeUndefined();
  });
});
