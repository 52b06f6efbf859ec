import { RecordedScores } from '../../../src/compare/recorded-scores.ts';
import { saidOf } from '../../../src/compare/said.ts';
import { Verdicts } from '../../../src/compare/verdicts.ts';
import { Fates } from '../../../src/flow/fates.ts';
import type { Outcome } from '../../../src/flow/outcome.ts';
import type { InputRecord } from '../../../src/flow/record.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

const batch = (partition: number, offsets: readonly number[], value: Buffer | null) => ({
  topic: 'in',
  partition,
  closedBy: 'end' as const,
  records: offsets.map((offset): InputRecord => ({ offset, timestamp: 1, key: null, value })),
});
const approve = (score: number) => ({ score, decision: 'APPROVE', decidedBy: 'bands' });

describe('the scores that an output topic has', () => {
  it('are found again by partition and offset, however many there are', () => {
    const recorded = new RecordedScores(100_000);
    const offsets = Array.from({ length: 20_000 }, (_, i) => 2 ** 41 + i * 3);
    offsets.forEach((offset, i) => {
      recorded.add(i % 2, offset, {
        ...approve(i / 7),
        decidedBy: i % 4 === 0 ? 'rule:x' : 'bands',
      });
    });
    const said = recorded.said(batch(1, offsets, Buffer.of(0)));
    const wanted = offsets.map((_, i) => (i % 2 === 1 ? i / 7 : NaN));
    expect([...said.score]).toEqual(wanted);
    expect(said.unscored).toHaveLength(10_000);
    expect(said.unscored[0]).toEqual({ row: 0, code: 'not in the output topic' });
    expect([said.names[said.index![1]!], said.by!(1)]).toEqual(['APPROVE', 'bands']);
    expect(recorded.counts).toEqual({ records: 20_000, repeated: 0, changed: 0 });
  });

  it('may be there twice: the last one counts', () => {
    const recorded = new RecordedScores(10);
    recorded.add(0, 5, approve(0.1));
    recorded.add(0, 5, approve(0.1));
    recorded.add(0, 5, { score: 0.9, decision: null, decidedBy: null });
    expect(recorded.counts).toEqual({ records: 1, repeated: 1, changed: 1 });
    const { score, names, index, by } = recorded.said(batch(0, [5], Buffer.of(0)));
    expect([score[0], names[index![0]!], by!(0)]).toEqual([0.9, '(no decision)', null]);
  });

  it('say nothing of a tombstone, and have no decisions where there is no policy', () => {
    const recorded = new RecordedScores(10);
    recorded.add(0, 5, { score: 0.9, decision: null, decidedBy: null });
    expect(recorded.said(batch(0, [5, 6], null))).toMatchObject({
      index: null,
      by: undefined,
      unscored: [],
      skipped: [{ row: 1, reason: 'tombstone' }],
    });
  });

  it('are skipped where the model had no score, so they are never flips', () => {
    const recorded = new RecordedScores(10);
    recorded.add(0, 5, approve(0.1));
    recorded.add(0, 6, { score: NaN, decision: 'REVIEW', decidedBy: 'degraded' });
    const said = recorded.said(batch(0, [5, 6], Buffer.of(0)));
    expect(said.skipped).toEqual([{ row: 1, reason: 'decided without a score' }]);
    const verdicts = new Verdicts();
    const named = [...verdicts.of(said)].map((id) => verdicts.all[id]!.name);
    expect(named).toEqual(['APPROVE', 'decided without a score']);
    const scores = { score: Float64Array.of(NaN, 0.5) } as unknown as Outcome['scores'];
    const scored = saidOf({ fates: new Fates(2), scores, decisions: null } as Outcome);
    expect(scored.skipped).toEqual([{ row: 0, reason: 'decided without a score' }]);
  });

  it('are refused where they do not fit', async () => {
    const recorded = new RecordedScores(1);
    recorded.add(0, 5, approve(0.1));
    const { problems } = await scorerErrorOf(() => {
      recorded.add(0, 6, approve(0.1));
    });
    expect(problems[0]).toMatchObject({ code: 'INPUT_INVALID', where: '--recorded' });
  });
});
