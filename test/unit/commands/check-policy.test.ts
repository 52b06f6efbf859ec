import { describePolicy } from '../../../src/commands/check-policy.ts';
import type { PlanAttempt } from '../../../src/compose/plan-attempt.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { policyOf } from '../decide/given.ts';

describe('what check says of a policy', () => {
  it('names bands, segments, rules in the order in which they are asked, and what they read', () => {
    const decision = {
      policy: '7',
      bands: [{ upTo: 0.3, decision: 'YES' }, { decision: 'NO' }],
      segments: [{ name: 'high', when: 'size(event.tags) > 3', bands: [{ decision: 'ASK' }] }],
      lists: [
        { name: 'vip', key: 'event.n', file: '/vip.txt', decision: 'YES' },
        { name: 'bad', key: 'n', topic: 'bad', decision: 'NO' },
      ],
      rules: [
        { name: 'a', stage: 'after', when: 'score > 0.9', decision: 'NO', shadow: true },
        { name: 'b', stage: 'before', when: 'event.n == 1', decision: 'NO', shadow: false },
      ],
    } as const;
    const compiled = policyOf(decision, {
      n: ['null', 'int'],
      tags: { type: 'array', items: 'int' },
    });
    const plan = { stream: { policy: { compiled } } } as unknown as PlanAttempt['plan'];
    expect(describePolicy({ decision } as unknown as Settings, plan)).toEqual([
      'decisions      below 0.3 YES, else NO (policy 7)',
      '  segment      high: size(event.tags) > 3 → else ASK',
      '  list         vip: event.n in /vip.txt → YES',
      '  list         bad: event.n in the topic bad → NO',
      '  rule         b (before the model): event.n == 1 → NO',
      '  rule         a (after the model, in shadow: only counted): score > 0.9 → NO',
      '  reads        event.tags  its size, int',
      '  reads        event.n  int, may be null',
    ]);
  });
});
