import { FAULT_KINDS, planFaults } from '../../../chaos/schedule.ts';

describe('the schedule of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planFaults({ seed: 7, count: 60 })).toEqual(planFaults({ seed: 7, count: 60 }));
    expect(planFaults({ seed: 7, count: 60 })).not.toEqual(planFaults({ seed: 8, count: 60 }));
  });

  it('begins with the same faults however many follow', () => {
    expect(planFaults({ seed: 3, count: 60 }).slice(0, 14)).toEqual(
      planFaults({ seed: 3, count: 14 }),
    );
  });

  it('has as many as asked for, of all kinds', () => {
    for (let seed = 0; seed < 50; seed++) {
      const kinds = planFaults({ seed, count: 60 }).map(({ kind }) => kind);
      expect(kinds).toHaveLength(60);
      const oneOfTwo = (kind: string): string => (kind === 'leave' ? 'join' : kind);
      expect(new Set(kinds.map(oneOfTwo))).toEqual(new Set(FAULT_KINDS.map(oneOfTwo)));
    }
  });

  it('never has more than one replica more or less than at the start', () => {
    for (let seed = 0; seed < 50; seed++) {
      let more = 0;
      for (const { kind } of planFaults({ seed, count: 200, kinds: ['join', 'leave', 'leave'] })) {
        more += kind === 'join' ? 1 : -1;
        expect(Math.abs(more)).toBeLessThanOrEqual(1);
      }
    }
  });

  it('says within bounds whom a fault hits, and when', () => {
    for (const { pick, pauseMs, holdMs } of planFaults({ seed: 1, count: 500 })) {
      expect(pick).toBeGreaterThanOrEqual(0);
      expect(pick).toBeLessThan(1);
      expect(pauseMs).toBeLessThanOrEqual(2000);
      expect(holdMs).toBeLessThanOrEqual(3000);
    }
  });

  it('deals only the kinds it is given', () => {
    const kinds = planFaults({ seed: 1, count: 9, kinds: ['zombie', 'kill -9'] }).map(
      ({ kind }) => kind,
    );
    expect(new Set(kinds)).toEqual(new Set(['zombie', 'kill -9']));
  });
});
